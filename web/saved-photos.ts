import { browserCache } from "./browser-storage.ts";

/**
 * Photos that this browser has submitted, for a page that is loaded again: small ones, in the browser's own cache.
 * Where the browser has none (an address without TLS), there is no photo after a reload.
 */
const pathOf = (jobId: string) => `/photos/${jobId}`;

const open = () => browserCache("eco2-photos");

export async function savePhoto(jobId: string, photo: Blob): Promise<void> {
  const cache = await open();
  // Storage may be full: the scan itself goes on.
  await cache?.put(pathOf(jobId), new Response(photo)).catch(() => {});
}

/** The photo of a scan; null where it is not kept. */
export async function readPhoto(jobId: string): Promise<Blob | null> {
  const kept = await (await open())?.match(pathOf(jobId));
  return kept ? kept.blob() : null;
}

/** Keeps the photo of an unsent scan as that of the scan that it became. */
export async function movePhoto(from: string, to: string): Promise<void> {
  const photo = await readPhoto(from);
  if (!photo) return;
  await savePhoto(to, photo);
  await (await open())?.delete(pathOf(from));
}

/** Deletes the photos of all scans but these. */
export async function keepPhotos(jobIds: readonly string[]): Promise<void> {
  const cache = await open();
  const kept = new Set(jobIds.map(pathOf));
  for (const { url } of (await cache?.keys()) ?? []) {
    const { pathname } = new URL(url);
    if (!kept.has(pathname)) await cache?.delete(pathname);
  }
}
