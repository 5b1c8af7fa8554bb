import { existsSync } from "node:fs";
import { commandOptions, refuseUsage } from "../command-options.ts";

export const startUsage = `Usage: npm start -- [options]

  --port N          where it listens, on this machine alone (default 8787)
  --persist-to DIR  where its state is, for one server at a time (default .wrangler/state)
  --lan             also opens the residents' page to phones in this machine's network: it prints an address for
                    them, with a token of this start. Nothing else is open, and AUTH_MODE is dev
  --verbose         wrangler's own output, as it is

  Settings and keys come from the environment, then from .dev.vars; docs/configuration.md lists them.
  On a terminal the log has a line an attempt. Piped, each line on stdout is JSON.

Exit code: 0 stopped, 1 it could not start, 2 wrong usage.`;

/** What `npm start` was asked for. Wrong arguments end it with one sentence. */
export function startOptions() {
  const { values, positionals } = commandOptions(startUsage, {
    // Another entry than wrangler.toml's, such as a test's, or one that is built.
    allowPositionals: true,
    options: {
      port: { type: "string", default: "8787" },
      "persist-to": { type: "string", default: ".wrangler/state" },
      lan: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    refuseUsage(
      startUsage,
      `--port has to be from 1 to 65535, and is ${JSON.stringify(values.port)}.`,
    );
  }
  const [entry, ...more] = positionals;
  if (more.length > 0 || (entry !== undefined && !(/\.[jt]s$/.test(entry) && existsSync(entry)))) {
    refuseUsage(startUsage, `npm start takes no ${positionals.join(" ")}.`);
  }
  return { port, persistTo: values["persist-to"], verbose: values.verbose, lan: values.lan, entry };
}

/** The arguments of wrangler that serve an entry: one that is built is served as it is. */
export const entryArguments = (entry: string | undefined): string[] => {
  if (entry === undefined) return [];
  return entry.endsWith(".js") ? [entry, "--no-bundle"] : [entry];
};
