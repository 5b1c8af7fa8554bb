import { useLayoutEffect, useMemo, useState } from "hono/jsx/dom";
import { scanStore, type ScanState, type ScanStore } from "../client/src/eco2-edge-client.ts";
import { client } from "./resident-client.ts";
import type { SavedScan } from "./saved-scans.ts";

export type UsedScan = ScanState & Pick<ScanStore, "confirm" | "finishSteps">;

/** A scan, which is followed while the component is mounted. */
export function useScan({ jobId, streamUrl }: SavedScan, onNotFound: () => void): UsedScan {
  const store = useMemo(() => scanStore(client, { jobId, streamUrl }), [streamUrl]);
  const [state, setState] = useState(store.getState);
  // A plain effect waits for a painted frame, which a tab in the background never has.
  useLayoutEffect(
    () =>
      store.subscribe(() => {
        if (store.getState().phase === "not_found") onNotFound();
        else setState(store.getState());
      }),
    [store],
  );
  return { ...state, confirm: store.confirm, finishSteps: store.finishSteps };
}
