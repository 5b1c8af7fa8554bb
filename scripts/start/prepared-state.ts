import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Stands in a prepared state, and says what it was prepared from. */
const stampName = "prepared-from";

/** The hash of all that a state is prepared from: the migrations and the regulations. */
async function hashOf(regulations: string, migrations: string): Promise<string> {
  const hash = createHash("sha256").update(regulations);
  for (const file of globSync(join(migrations, "*.sql")).toSorted()) {
    hash.update(file).update(await readFile(file));
  }
  return hash.digest("hex");
}

/**
 * Prepares the state in a folder, unless that was done with the same migrations and regulations: a server that
 * was killed is back in half the time. The stamp is written last, so that a preparation that dies is repeated.
 *
 * @param regulations their version
 * @param migrations the folder that they are in
 */
export async function prepareOnce(
  persistTo: string,
  regulations: string,
  migrations: string,
  prepare: () => Promise<void>,
): Promise<void> {
  const stamp = join(persistTo, stampName);
  const hash = await hashOf(regulations, migrations);
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === hash) return;
  await prepare();
  await writeFile(stamp, hash);
}
