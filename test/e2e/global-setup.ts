import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPages } from "../../scripts/pages.ts";
import { prepareState } from "../../scripts/start/prepare-state.ts";
import { preparedStateVariable } from "./prepared-state-variable.ts";

/** Builds the pages and prepares a state once, for the servers of all tests. */
export default async function setup() {
  const folder = await mkdtemp(join(tmpdir(), "prepared-"));
  await Promise.all([buildPages(), prepareState(folder)]);
  process.env[preparedStateVariable] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
