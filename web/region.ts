import { kept } from "./kept.ts";

const store = kept("localStorage", "eco2-region");

/** As many characters as the server takes. */
export const maxRegion = 40;

/** Where this resident lives; empty when that was not said. */
export const recallRegion = (): string => store.read() ?? "";

export function keepRegion(region: string): void {
  if (region) store.write(region);
  else store.clear();
}
