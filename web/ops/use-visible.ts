import { useEventValue } from "./use-event-value.ts";

/** Whether the page is in the foreground. */
export const useVisible = (): boolean =>
  useEventValue(document, "visibilitychange", () => !document.hidden);
