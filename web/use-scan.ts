import { useLayoutEffect, useReducer } from "hono/jsx/dom";
import { followScan } from "./client/follow-scan.ts";
import { newStreamUrl } from "./client/new-stream-url.ts";
import type { Job } from "./current-job.ts";
import { hear, unheard, type ScanView } from "./client/scan-view.ts";
import { userId } from "./user-id.ts";
import { useWaiting } from "./use-waiting.ts";

/** Follows a scan while the page shows it. */
export function useScan({ jobId, streamUrl }: Job, onGone: () => void): ScanView {
  const [view, tell] = useReducer(hear, unheard);
  // Not a plain effect: those wait for a frame to be painted, which a tab in the background never is.
  useLayoutEffect(() => {
    const leaving = new AbortController();
    async function follow() {
      for await (const news of followScan({
        streamUrl,
        renew: (signal) => newStreamUrl(jobId, userId, signal),
        signal: leaving.signal,
      })) {
        if (news.type === "gone") onGone();
        else tell(news);
      }
    }
    void follow();
    return () => leaving.abort();
  }, [streamUrl]);
  useWaiting(jobId, view, tell);
  return view;
}
