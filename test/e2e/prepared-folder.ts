import { join } from "node:path";

/** The environment variable that names the folder with what all servers of the tests begin with. */
export const preparedVariable = "PREPARED";

/** Where a prepared folder has a state, and the Worker as a deploy builds it. */
export const preparedPaths = (folder: string) => ({
  state: join(folder, "state"),
  worker: join(folder, "worker"),
});

/** The paths of this run's folder; null outside of a run. */
export function prepared(): ReturnType<typeof preparedPaths> | null {
  const folder = process.env[preparedVariable];
  return folder === undefined ? null : preparedPaths(folder);
}
