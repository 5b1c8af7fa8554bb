import { publicationOfFiles } from "../../regulations/files.ts";
import { readBook } from "../../src/regulations/source.ts";

/** The regulations of the repository's files, without a store. */
export async function bookOfFiles() {
  const { version, entries } = await publicationOfFiles();
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const source = {
    text: async (key: string) => values.get(key) ?? null,
    jsons: async (keys: readonly string[]) =>
      new Map(keys.map((key) => [key, JSON.parse(values.get(key) ?? "null") as unknown])),
  };
  return { version, book: await readBook(source, version) };
}
