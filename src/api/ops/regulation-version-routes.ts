import { Hono } from "hono";
import { manifestKey, pointerKey } from "../../regulations/keys.ts";
import { readBook, kvSource } from "../../regulations/source.ts";
import type { RegulationBook } from "../../regulations/book.ts";
import { TransientError } from "../../pipeline/errors.ts";

/** So many versions are compared, and so many pages of keys looked through for them. */
const most = { versions: 10, pages: 5 };

/** Versions of the regulations that are in KV: the one in use, and what each other would change. */
export const publishedRegulations = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const source = kvSource(c.env.REGULATIONS);
  const [active, { versions, complete }] = await Promise.all([
    source.text(pointerKey),
    listVersions(c.env.REGULATIONS),
  ]);
  const others = versions.filter((version) => version !== active).slice(0, most.versions);
  const now = active === null ? null : await wholeBook(source, active);
  return c.json({
    active: active === null ? null : { version: active, ...sizeOf(now) },
    /** In no order: KV does not say when each was published. */
    others: await Promise.all(
      others.map(async (version) => {
        const book = await wholeBook(source, version);
        return { version, ...sizeOf(book), differs: now && book && differences(now, book) };
      }),
    ),
    complete: complete && others.length === versions.filter((it) => it !== active).length,
  });
});

/** Versions whose manifest is there, which is written when their documents are. */
async function listVersions(kv: KVNamespace) {
  const form = new RegExp(`^${manifestKey("([^:]+)")}$`);
  const prefix = manifestKey("").split(":")[0];
  const versions: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < most.pages; page++) {
    const listed = await kv.list({ prefix: `${prefix}:`, ...(cursor && { cursor }) });
    versions.push(...listed.keys.flatMap(({ name }) => form.exec(name)?.[1] ?? []));
    if (listed.list_complete) return { versions, complete: true };
    ({ cursor } = listed);
  }
  return { versions, complete: false };
}

/** Null for a version that is not whole. */
async function wholeBook(
  source: ReturnType<typeof kvSource>,
  version: string,
): Promise<RegulationBook | null> {
  try {
    return await readBook(source, version);
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

/** Names of documents and regions that are not the same in both. */
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
