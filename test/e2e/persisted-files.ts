import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The files of a state. Left out are the traces of requests that the local runtime keeps for itself. */
const listFiles = async (persistTo: string) =>
  (await readdir(persistTo, { recursive: true, withFileTypes: true }))
    .filter((it) => it.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.includes("/observability/"));

/**
 * Packs the databases of a stopped server: pages that are free keep what was deleted until they are written again, so
 * what is found then is in a row. What the local runtime keeps for itself, of objects their names, is dropped.
 */
export async function packDatabases(persistTo: string): Promise<void> {
  for (const path of (await listFiles(persistTo)).filter((it) => it.endsWith(".sqlite"))) {
    const database = new DatabaseSync(path);
    database.exec("DROP TABLE IF EXISTS __miniflare_do_name; VACUUM");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
  }
}

/** A text as stores hold it: as bytes, as JavaScript's own serialization has it beside Korean, and in a URL. */
const formsOf = (text: string) => [
  Buffer.from(text),
  Buffer.from(text, "utf16le"),
  Buffer.from(encodeURIComponent(text)),
  Buffer.from(
    JSON.stringify(text)
      .slice(1, -1)
      .replaceAll(/[^\x20-\x7e]/g, escaped),
  ),
];
const escaped = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The files that have something in them, or in their names, among all files: logs, databases, journals and blobs. */
export async function filesWith(persistTo: string, planted: string | Buffer): Promise<string[]> {
  const forms = typeof planted === "string" ? formsOf(planted) : [planted];
  const found: string[] = [];
  for (const path of await listFiles(persistTo)) {
    const bytes = await readFile(path);
    const isNamed = typeof planted === "string" && path.includes(planted);
    if (isNamed || forms.some((form) => bytes.includes(form))) found.push(path);
  }
  return found;
}
