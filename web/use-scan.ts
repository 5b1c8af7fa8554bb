import { useLayoutEffect, useState } from "hono/jsx/dom";
import { scanStore, type ScanView, unheard } from "../client/src/index.ts";
import { client } from "./client.ts";
import type { Job } from "./current-job.ts";

/** Follows a scan while the page shows it. */
export function useScan({ jobId, streamUrl }: Job, onGone: () => void): ScanView {
  const [view, show] = useState(unheard);
  // Not a plain effect: those wait for a frame to be painted, which a tab in the background never is.
  useLayoutEffect(() => {
    const store = scanStore(client, { jobId, streamUrl });
    return store.subscribe(() => {
      const { view, phase } = store.getState();
      if (phase === "gone") onGone();
      else show(view);
    });
  }, [streamUrl]);
  return view;
}
