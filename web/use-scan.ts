import { useLayoutEffect, useReducer } from "hono/jsx/dom";
import { followScan } from "./client/follow-scan.ts";
import { hear, unheard, type ScanView } from "./client/scan-view.ts";

/** Follows a scan while the page shows it. */
export function useScan(streamUrl: string, onGone: () => void): ScanView {
  const [view, tell] = useReducer(hear, unheard);
  // Not a plain effect: those wait for a frame to be painted, which a tab in the background never is.
  useLayoutEffect(() => {
    const leaving = new AbortController();
    async function follow() {
      for await (const news of followScan({ streamUrl, signal: leaving.signal })) {
        if (news.type === "gone") onGone();
        else tell(news);
      }
    }
    void follow();
    return () => leaving.abort();
  }, [streamUrl]);
  return view;
}
