/**
 * `npm run regulations:publish` and `npm run regulations:rollback`: changes which regulations
 * readers see, locally or with `--remote` in production.
 */
import { parseArgs } from "node:util";
import { publicationOfFiles } from "../regulations/files.ts";
import {
  changes,
  publish,
  published,
  type RegulationStore,
  rollback,
} from "../regulations/publish.ts";
import { withLocalStore, withRemoteStore } from "./regulation-store.ts";

const usage = `Usage: npm run regulations:publish -- [options]
       npm run regulations:rollback -- VERSION [options]

  --dry-run          say what would change, and change nothing (publish only)
  --remote           production's KV instead of the local one
  --persist-to DIR   the local server's state (default .wrangler/state)`;

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        "dry-run": { type: "boolean", default: false },
        remote: { type: "boolean", default: false },
        "persist-to": { type: "string", default: ".wrangler/state" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    console.error(`${String(error)}\n\n${usage}`);
    return process.exit(2);
  }
}

const { values: options, positionals } = readArguments();
const [command, version, ...rest] = positionals;
const where = options.remote ? "in production" : "locally";

async function carryOut(store: RegulationStore) {
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
  const told = changes(before, publication);
  console.log([`${now} ${publication.version} would change:`, ...told].join("\n"));
  if (options["dry-run"]) return;
  await publish(store, publication);
  console.log(`Published ${publication.version} ${where}.`);
}

const wrong =
  (command !== "publish" && command !== "rollback") ||
  (command === "rollback") !== (version !== undefined) ||
  rest.length > 0 ||
  (command === "rollback" && options["dry-run"]);
if (options.help || wrong) {
  console.error(usage);
  process.exit(options.help ? 0 : 2);
}
try {
  await (options.remote
    ? withRemoteStore(carryOut)
    : withLocalStore(options["persist-to"], carryOut));
} catch (error) {
  console.error(
    `${error instanceof Error ? error.message : String(error)}\nReaders see what they saw before.`,
  );
  process.exit(1);
}
