import type { FoundItems, Regulation, Regulations } from "../../client/src/wire.ts";
import { searchItems } from "../../src/regulations/search.ts";
import { ifStored } from "./if-stored.ts";
import { regulationsPath, searchPath } from "./reference-paths.ts";

const cacheName = "eco2-regulations";
const open = () => caches.open(cacheName);

const documentPath = (key: string) => `${regulationsPath}/${encodeURIComponent(key)}`;

/** Keeps all regulations of the current version. A part that fails is asked for another time. */
export async function keepRegulations(): Promise<void> {
  const list = await fetch(regulationsPath).catch(() => null);
  if (!list?.ok) return;
  await keepVersion(list);
}

async function keepVersion(list: Response): Promise<void> {
  const cache = await open();
  const { version, documents }: Regulations = await list.clone().json();
  for (const { key } of documents) {
    const path = documentPath(key);
    const kept: Regulation | undefined = await (await cache.match(path))?.json();
    if (kept?.version !== version) await cache.add(path);
  }
  await cache.put(regulationsPath, list);
}

/** The answer of the server; without a network, what was kept, or a search of it. */
export async function offlineAnswer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  try {
    const answer = await fetch(request);
    if (answer.ok && pathname !== searchPath) {
      await ifStored(put(request.url, answer.clone()));
    }
    return answer;
  } catch (error) {
    const kept =
      pathname === searchPath
        ? await search(searchParams.get("q") ?? "")
        : // Without the region's own rules, where those were not asked for before.
          ((await caches.match(request)) ?? (await caches.match(pathname)));
    if (!kept) throw error;
    return kept;
  }
}

const put = async (url: string, answer: Response) => (await open()).put(url, answer);

/** Searches the kept regulations as the server does; null when there are none. */
async function search(query: string): Promise<Response | null> {
  const cache = await open();
  const list: Regulations | undefined = await (await cache.match(regulationsPath))?.json();
  if (!list) return null;
  const documents: Regulation[] = [];
  for (const { key } of list.documents) {
    const kept: Regulation | undefined = await (await cache.match(documentPath(key)))?.json();
    if (kept) documents.push(kept);
  }
  const results = searchItems(documents, query);
  return Response.json({ version: list.version, query, results } satisfies FoundItems);
}
