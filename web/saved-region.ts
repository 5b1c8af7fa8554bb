import { browserStorage } from "./browser-storage.ts";

const store = browserStorage("localStorage", "eco2-region");

/** The resident's region; empty for none. */
export const readRegion = (): string => store.read() ?? "";

export function saveRegion(region: string): void {
  if (region) store.write(region);
  else store.clear();
}
