import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPages } from "../../scripts/pages.ts";
import { prepareState } from "../../scripts/start/prepare-state.ts";
import { buildWorker } from "../../scripts/wrangler.ts";
import { preparedPaths, preparedVariable } from "./prepared-folder.ts";

/** Builds the pages and the Worker, and prepares a state, once for the servers of all tests. */
export default async function setup() {
  const folder = await mkdtemp(join(tmpdir(), "prepared-"));
  const { state, worker } = preparedPaths(folder);
  // A build of the Worker needs the folder of the pages.
  await Promise.all([
    buildPages().then(() => buildWorker("src/index.ts", worker)),
    prepareState(state),
  ]);
  process.env[preparedVariable] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
