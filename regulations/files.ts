import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Publication, publicationOf } from "./publication.ts";

/** The publication that the files of this folder make. */
export const publicationOfFiles = async (): Promise<Publication> =>
  publicationOf(await readFolder("documents"), await readFolder("municipalities"));

async function readFolder(name: string): Promise<unknown[]> {
  const folder = join(import.meta.dirname, name);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json"));
  return Promise.all(
    files.map(async (file): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, file), "utf8")),
    ),
  );
}
