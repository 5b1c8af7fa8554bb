import { TransientError } from "../pipeline/errors.ts";
import type { RegulationBook } from "./book.ts";
import { manifestKey, pointerKey } from "./regulation-keys.ts";
import { kvSource, readBook } from "./source.ts";

/** The most versions to compare, and the most pages of keys to read for them. */
const limits = { versions: 10, pages: 5 };

/** The versions of the regulations in KV: the active one, and the changes that each other would make. */
export async function publishedVersions(kv: KVNamespace) {
  const source = kvSource(kv);
  const [active, { versions, complete }] = await Promise.all([
    source.text(pointerKey),
    listVersions(kv),
  ]);
  const others = versions.filter((version) => version !== active);
  const activeBook = active === null ? null : await wholeBook(source, active);
  return {
    active: active === null ? null : { version: active, ...sizeOf(activeBook) },
    // Unordered: KV does not store when each was published.
    others: await Promise.all(
      others.slice(0, limits.versions).map(async (version) => {
        const book = await wholeBook(source, version);
        const differs = activeBook && book && differences(activeBook, book);
        return Object.assign({ version, differs }, sizeOf(book));
      }),
    ),
    complete: complete && others.length <= limits.versions,
  };
}

/** The versions with a manifest, which a publish writes after the documents. */
async function listVersions(kv: KVNamespace) {
  const form = new RegExp(`^${manifestKey("([^:]+)")}$`);
  const prefix = manifestKey("").split(":")[0];
  const versions: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < limits.pages; page++) {
    const listed = await kv.list({ prefix: `${prefix}:`, ...(cursor && { cursor }) });
    versions.push(...listed.keys.flatMap(({ name }) => form.exec(name)?.[1] ?? []));
    if (listed.list_complete) return { versions, complete: true };
    ({ cursor } = listed);
  }
  return { versions, complete: false };
}

/** Null for an incomplete version. */
async function wholeBook(
  source: ReturnType<typeof kvSource>,
  version: string,
): Promise<RegulationBook | null> {
  try {
    const book = await readBook(source, version);
    return book.isWhole ? book : null;
  } catch (error) {
    if (error instanceof TransientError) return null;
    throw error;
  }
}

const sizeOf = (book: RegulationBook | null) => ({
  whole: book !== null,
  documents: book?.documents.size ?? 0,
  municipalities: book?.municipalities.length ?? 0,
});

/** The names of documents and regions that differ. */
function differences(a: RegulationBook, b: RegulationBook): string[] {
  const [here, there] = [contentsOf(a), contentsOf(b)];
  const names = new Set([...here.keys(), ...there.keys()]);
  return [...names].filter((name) => here.get(name) !== there.get(name));
}

const contentsOf = ({ documents, municipalities }: RegulationBook) =>
  new Map<string, string>([
    ...[...documents].map(([key, it]): [string, string] => [key, JSON.stringify(it)]),
    ...municipalities.map((it): [string, string] => [it.region, JSON.stringify(it)]),
  ]);
