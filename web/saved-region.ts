import { browserCache, browserStorage } from "./browser-storage.ts";
import { regulationsCache } from "./offline/reference-paths.ts";

const store = browserStorage("localStorage", "eco2-region");

/** The resident's region; empty for none. */
export const readRegion = (): string => store.read() ?? "";

export function saveRegion(region: string): void {
  if (region) store.write(region);
  else store.clear();
}

/** Deletes the region, and the rules of regions: the addresses that they are kept under name them. */
export async function forgetRegion(): Promise<void> {
  store.clear();
  const cache = await browserCache(regulationsCache);
  for (const { url } of (await cache?.keys()) ?? []) {
    if (new URL(url).search !== "") await cache?.delete(url);
  }
}
