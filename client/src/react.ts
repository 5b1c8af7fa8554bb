import { useState, useSyncExternalStore } from "react";
import type { Client } from "./create-client.ts";
import {
  isSameTarget,
  type ScanState,
  type ScanStore,
  scanStore,
  type ScanTarget,
} from "./scan-store.ts";

/** How a scan stands, and what can be done about it. */
export type UsedScan = ScanState & Pick<ScanStore, "submit" | "cancel">;

/**
 * Shows a scan while the component is there: submits what is given, or follows the scan of an id, and
 * folds what is heard into a view. Without a target nothing happens until `submit` is called. Targets
 * that say the same are the same: an object made anew with every render makes no second scan, nor does
 * strict mode.
 */
export function useScan(client: Client, target: ScanTarget | null = null): UsedScan {
  const [held, hold] = useState(() => ({ client, target, store: scanStore(client, target) }));
  const isHeld = held.client === client && isSameTarget(held.target, target);
  const { store } = isHeld ? held : { store: scanStore(client, target) };
  if (!isHeld) hold({ client, target, store });
  const state = useSyncExternalStore(store.subscribe, store.getState, store.getState);
  return { ...state, submit: store.submit, cancel: store.cancel };
}
