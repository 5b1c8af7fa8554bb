/**
 * `npm start`: prepares everything a local server needs, serves it, and says how to use it.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Cron } from "croner";
import { z } from "zod";
import { publicationOfFiles } from "../regulations/files.ts";
import type { Publication } from "../regulations/publication.ts";
import { publish } from "../regulations/publish.ts";
import { buildPages } from "./pages.ts";
import { readConfiguration } from "./provision/deploy-configuration.ts";
import { writeLocalConfiguration } from "./start/local-queues.ts";
import { localSecrets } from "./start/local-secrets.ts";
import { localSettings } from "./start/local-settings.ts";
import { prepareOnce } from "./start/prepared-state.ts";
import { serverOutput } from "./start/server-output.ts";
import { startBanner } from "./start/start-banner.ts";
import { assertPortFree, failureText, prepared, StartFailure } from "./start/start-failure.ts";
import { wrangler } from "./wrangler.ts";

const { values: options, positionals } = parseArgs({
  // Another entry than wrangler.toml's, such as a test's.
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8787" },
    "persist-to": { type: "string", default: ".wrangler/state" },
    verbose: { type: "boolean", default: false },
  },
});
const { port, "persist-to": persistTo, verbose } = options;
const url = `http://localhost:${port}`;

const emptyState = `Begin with an empty state: remove ${persistTo}, or name another folder: npm start -- --persist-to DIR`;

async function prepare() {
  console.log("Preparing: page, database, regulations …");
  await assertPortFree(Number(port));
  const publication = await publicationOfFiles();
  await Promise.all([
    prepared(buildPages(), "The pages were not built. Run `npm ci`, and `npm start` again."),
    prepareOnce(persistTo, publication.version, () => prepareState(publication)),
  ]);
}

async function prepareState(publication: Publication) {
  const migrate = wrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", persistTo);
  await prepared(migrate, `The database was not migrated. ${emptyState}`);
  // Loaded when it is needed, as it takes a second.
  const { withLocalStore } = await import("./local-regulation-store.ts");
  await prepared(
    withLocalStore(persistTo, (store) => publish(store, publication)),
    `The regulations were not published. ${emptyState}`,
  );
}

const Readiness = z.union([
  z.object({ status: z.literal("ok"), model: z.string() }),
  z.object({
    status: z.literal("unavailable"),
    reasons: z.array(z.object({ part: z.string(), reason: z.string() })),
  }),
]);

/** The active model, once the server can serve. @throws StartFailure with the reasons when it never will. */
async function activeModel(): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/ready`).catch(() => null);
    if (!response) {
      await sleep(200);
      continue;
    }
    const readiness = Readiness.parse(await response.json());
    if (readiness.status === "ok") return readiness.model;
    const reasons = readiness.reasons.map(({ part, reason }) => `${part}: ${reason}`);
    throw new StartFailure(
      ["The server is not ready. Correct these settings:", ...reasons].join("\n"),
    );
  }
}

/** A local server fires no crons by itself: they are fired on their schedule from here. */
function fireCrons(crons: readonly string[]) {
  for (const cron of crons) {
    void new Cron(cron, { unref: true }, async () => {
      const handler = new URL("/cdn-cgi/handler/scheduled", url);
      handler.searchParams.set("cron", cron);
      // A server that is just being restarted is called at the next time.
      const response = await fetch(handler).catch(() => null);
      if (response && !response.ok) console.error(`The cron ${cron} answered ${response.status}`);
    });
  }
}

function fail(error: unknown): never {
  console.error(failureText(error));
  process.exit(1);
}

const configuration = await readConfiguration("wrangler.toml");
const secrets = await prepare()
  .then(() => localSecrets(persistTo))
  .catch(fail);
const settings = await localSettings(configuration, secrets);

const script = (name: string) => join(import.meta.dirname, name);
const wranglerFlags = {
  "--config": await writeLocalConfiguration(),
  "--port": port,
  // Whichever is free: servers that look for one of their own at the same time take the same.
  "--inspector-port": "0",
  "--persist-to": persistTo,
  // The empty file keeps wrangler from reading .dev.vars over the environment that was given.
  "--env-file": "/dev/null",
};
const server = spawn(
  script("end-with-parent.sh"),
  ["wrangler", "dev", ...positionals, ...Object.entries(wranglerFlags).flat()],
  {
    stdio: verbose ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...settings,
      MINIFLARE_WORKERD_PATH: script("workerd.sh"),
      // Nothing here needs the request's place on Cloudflare's network, which would be fetched.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      // It would show rows, keys and objects to whoever reaches the port.
      X_LOCAL_EXPLORER: "false",
    },
  },
);

let isReady = false;
let isStopping = false;
/** What wrangler printed before the server was ready: shown when it never is. */
const beginning: string[] = [];

function print(stream: Readable | null, target: "log" | "error") {
  if (!stream) return;
  const readable = serverOutput();
  createInterface({ input: stream }).on("line", (line) => {
    if (!isReady) beginning.push(line);
    const text = readable(line, isReady);
    if (text !== null) console[target](text);
  });
}
print(server.stdout, "log");
print(server.stderr, "error");

server.on("exit", (code) => {
  if (!isReady && !isStopping && process.exitCode === undefined) {
    console.error(["The server ended before it was ready. It printed:", ...beginning].join("\n"));
    process.exitCode = code || 1;
  }
  process.exit(process.exitCode ?? code ?? 1);
});
// A signal that only npm got ends the shell between us, and leaves us to notice.
const parent = process.ppid;
setInterval(() => process.ppid === parent || stop("SIGTERM"), 1_000).unref();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);

function stop(signal: NodeJS.Signals) {
  isStopping = true;
  server.kill(signal);
}

try {
  const model = await activeModel();
  isReady = true;
  const { OPS_TOKEN: opsToken = "", WEBHOOK_SECRETS: webhookSecret = "" } = settings;
  const isNew =
    secrets.fresh.has("WEBHOOK_SECRETS") && webhookSecret === secrets.values.WEBHOOK_SECRETS;
  const newWebhookSecret = isNew ? webhookSecret : null;
  console.log(startBanner({ url, model, opsToken, newWebhookSecret }));
  fireCrons(configuration.triggers.crons);
} catch (error) {
  process.exitCode = 1;
  console.error(failureText(error));
  server.kill();
}
