import { useState, useSyncExternalStore } from "react";
import type { Client } from "./create-client.ts";
import {
  isSameTarget,
  type ScanState,
  type ScanStore,
  scanStore,
  type ScanTarget,
} from "./scan-store.ts";

/** The state of a scan, and its actions. */
export type UsedScan = ScanState & Pick<ScanStore, "submit" | "confirm" | "finishSteps" | "cancel">;

/**
 * Submits a scan, or follows the one with an id, while the component is mounted. Without a target it
 * waits for `submit`. Targets with equal members are the same scan, so that a new object at every render,
 * or strict mode, submits it once.
 */
export function useScan(client: Client, target: ScanTarget | null = null): UsedScan {
  const [last, setLast] = useState(() => ({ client, target, store: scanStore(client, target) }));
  const isCurrent = last.client === client && isSameTarget(last.target, target);
  const { store } = isCurrent ? last : { store: scanStore(client, target) };
  if (!isCurrent) setLast({ client, target, store });
  const state = useSyncExternalStore(store.subscribe, store.getState, store.getState);
  const { submit, confirm, finishSteps, cancel } = store;
  return { ...state, submit, confirm, finishSteps, cancel };
}
