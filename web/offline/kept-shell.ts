import { networkFirst } from "./network-first.ts";

const cacheName = "eco2-shell";
const shellPath = "/";

export const isResidentPage = (path: string): boolean =>
  /^\/(?:s\/[\w-]+|history|collection|me)?\/?$/.test(path);

/** Keeps the page and the files that it names, and deletes the files of an earlier one. */
export async function keepShell(): Promise<void> {
  const page = await fetch(shellPath, { cache: "no-cache" });
  if (!page.ok) return;
  await keep(page);
}

async function keep(page: Response): Promise<void> {
  const cache = await caches.open(cacheName);
  const text = await page.clone().text();
  const files = [...text.matchAll(/(?:href|src)="(\/(?:assets\/|favicon|icon)[^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  const missing = [];
  for (const path of files) if (!(await cache.match(path))) missing.push(path);
  await cache.addAll(missing);
  await cache.put(shellPath, page);
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (pathname !== shellPath && !files.includes(pathname)) await cache.delete(pathname);
  }
}

/** The page from the network, or as it was kept: every address of the residents' page is the same document. */
export const shellPage = (request: Request): Promise<Response> =>
  networkFirst(request, { keep, read: () => caches.match(shellPath) });

/** A file whose name changes with its content. */
export const shellAsset = async (request: Request): Promise<Response> =>
  (await caches.match(request)) ?? fetch(request);
