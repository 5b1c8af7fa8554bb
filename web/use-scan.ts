import { useLayoutEffect, useState } from "hono/jsx/dom";
import { scanStore, type ScanView, initialView } from "../client/src/eco2-edge-client.ts";
import { client } from "./resident-client.ts";
import type { Job } from "./current-job.ts";

/** The view of a scan, which is followed while the component is mounted. */
export function useScan({ jobId, streamUrl }: Job, onNotFound: () => void): ScanView {
  const [view, setView] = useState(initialView);
  // A plain effect waits for a painted frame, which a tab in the background never has.
  useLayoutEffect(() => {
    const store = scanStore(client, { jobId, streamUrl });
    return store.subscribe(() => {
      const { view, phase } = store.getState();
      if (phase === "not_found") onNotFound();
      else setView(view);
    });
  }, [streamUrl]);
  return view;
}
