import { useEventValue } from "./use-event-value.ts";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Whether the dark colour scheme is active, for colours outside of style sheets. */
export const useDark = (): boolean => useEventValue(dark, "change", () => dark.matches);
