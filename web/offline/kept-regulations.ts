import type { FoundItems, Regulation, Regulations } from "../../client/src/wire.ts";
import { searchItems } from "../../src/regulations/search.ts";
import { networkFirst } from "./network-first.ts";
import { regulationsCache, regulationsPath, searchPath } from "./reference-paths.ts";

const open = () => caches.open(regulationsCache);

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

/** The answer of the server; where it is not reached, what was kept, or a search of it. */
export function offlineAnswer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === searchPath) {
    return networkFirst(request, { read: () => search(searchParams.get("q") ?? "") });
  }
  return networkFirst(request, {
    keep: async (answer) => (await open()).put(request.url, answer),
    // Without the region's own rules, where those were not asked for before.
    read: async () => (await caches.match(request)) ?? caches.match(pathname),
  });
}

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
