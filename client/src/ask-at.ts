import type { ScanView } from "./scan-view.ts";

/** How long nothing is heard before the server is asked why, and how long before it is asked again. */
const patienceMs = 4_000;
const everyMs = 10_000;

export interface Asking {
  /** Whether anybody sees the page. */
  visible: boolean;
  /** When the last event came, or the following began. */
  heardAt: number;
  /** When it was asked last; -Infinity before. */
  askedAt: number;
}

/** When to ask why a scan waits, in ms on the clock of `asking`; null while there is nothing to ask. */
export const askAt = (view: ScanView, { visible, heardAt, askedAt }: Asking): number | null =>
  visible && isIdle(view) ? Math.max(heardAt + patienceMs, askedAt + everyMs) : null;

/** Whether, as far as was heard, no stage of a scan runs that has not ended. */
function isIdle({ connected, stage, status, result }: ScanView): boolean {
  // Without a connection that is what is told; and what was missed comes with it.
  if (!connected || result) return false;
  return status === "started" ? stage === "queued" : idle.has(status);
}

const idle = new Set<ScanView["status"]>(["completed", "retrying", "parked", "resumed"]);
