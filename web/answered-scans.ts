import { browserCache } from "./browser-storage.ts";

/**
 * The ids of unsent scans that the server has answered. They are in the browser's cache, which all tabs see at once:
 * what one tab writes to the local storage, another one in a process of its own may read a little later.
 */
const path = "/answered-scans";
const maxIds = 50;

/** A browser without a cache has no locks either: there the server knows a repeated id. */
const open = () => browserCache("eco2-answered");

async function readAnswered(): Promise<string[]> {
  const kept = await (await open())?.match(path);
  const ids: string[] | undefined = await kept?.json();
  return ids ?? [];
}

export const wasAnswered = async (id: string): Promise<boolean> =>
  (await readAnswered()).includes(id);

export async function markAnswered(id: string): Promise<void> {
  const ids = [...(await readAnswered()), id].slice(-maxIds);
  // Storage may be full: then another tab may send the scan again, under the same id.
  await (await open())?.put(path, Response.json(ids)).catch(() => {});
}

export async function forgetAnswered(): Promise<void> {
  await (await open())?.delete(path);
}
