import { browserGlobals } from "./browser-globals.ts";

/** Waits for `ms`, or until the device comes back online or `signal` aborts. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(wake, ms);
    browserGlobals.window?.addEventListener("online", wake);
    signal?.addEventListener("abort", wake);
    function wake() {
      clearTimeout(timer);
      browserGlobals.window?.removeEventListener("online", wake);
      signal?.removeEventListener("abort", wake);
      resolve();
    }
  });
}
