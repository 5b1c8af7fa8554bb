import { browserStorage } from "./browser-storage.ts";

/** Of this tab: a phone may drop the page while its camera is open. */
const store = browserStorage("sessionStorage", "eco2-draft");

/** The words that the resident has written and not sent. */
export const readDraftWords = (): string => store.read() ?? "";

export const saveDraftWords = (words: string): void =>
  words === "" ? store.clear() : store.write(words);
