/**
 * `npm run regulations:publish` and `npm run regulations:rollback`: changes which regulations
 * readers see, locally or with `--remote` in production.
 */
import { commandOptions, endWith, refuseUsage } from "./command-options.ts";
import { publicationOfFiles } from "../regulations/files.ts";
import {
  changes,
  publish,
  published,
  type RegulationStore,
  rollback,
} from "../regulations/publish.ts";
import { productionRegulations } from "./deploy/production-regulations.ts";
import { withLocalStores } from "./local-stores.ts";

const usage = `Usage: npm run regulations:publish -- [options]
       npm run regulations:rollback -- VERSION [options]

  --dry-run          say what would change, and change nothing (publish only)
  --remote           production's KV instead of the local one
  --persist-to DIR   the local server's state (default .wrangler/state)`;

const { values: options, positionals } = commandOptions(usage, {
  allowPositionals: true,
  options: {
    "dry-run": { type: "boolean", default: false },
    remote: { type: "boolean", default: false },
    "persist-to": { type: "string", default: ".wrangler/state" },
  },
});
const [command, version, ...rest] = positionals;
const where = options.remote ? "in production" : "locally";

async function change(store: RegulationStore) {
  const before = await published(store);
  const now = before
    ? `${before.version} is published ${where}.`
    : `Nothing is published ${where}.`;
  if (command === "rollback" && version) {
    await rollback(store, version);
    console.log(`${now} Rolled back to ${version}.`);
    return;
  }
  const publication = await publicationOfFiles();
  if (before?.version === publication.version) {
    console.log(`${now} The files are the same; nothing is to be done.`);
    return;
  }
  const lines = changes(before, publication);
  console.log([`${now} ${publication.version} would change:`, ...lines].join("\n"));
  if (options["dry-run"]) return;
  await publish(store, publication);
  console.log(`Published ${publication.version} ${where}.`);
}

const wrong =
  (command !== "publish" && command !== "rollback") ||
  (command === "rollback") !== (version !== undefined) ||
  rest.length > 0 ||
  (command === "rollback" && options["dry-run"]);
if (wrong) refuseUsage(usage, `These arguments do not fit: ${process.argv.slice(2).join(" ")}.`);
try {
  if (options.remote) await change(await productionRegulations(process.env));
  else await withLocalStores(options["persist-to"], ({ regulations }) => change(regulations));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  endWith(1, `${reason}\nReaders see what they saw before.`);
}
