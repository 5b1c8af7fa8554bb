import { page } from "./page.ts";

/** Waits so long, but no longer than until the device is online again or `signal` aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resume, ms);
    page.window?.addEventListener("online", resume);
    signal?.addEventListener("abort", resume);
    function resume() {
      clearTimeout(timer);
      page.window?.removeEventListener("online", resume);
      signal?.removeEventListener("abort", resume);
      resolve();
    }
  });
}
