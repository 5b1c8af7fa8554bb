import type { ScanView } from "./scan-view.ts";

/** Without events for `firstPollMs` the client asks why the scan waits, then every `intervalMs`. */
const firstPollMs = 4_000;
const intervalMs = 10_000;

export interface PollTimes {
  /** Whether the page is in the foreground. */
  visible: boolean;
  /** When the last event arrived, or the connection began. */
  lastEventAt: number;
  /** -Infinity before the first poll. */
  lastPollAt: number;
}

/** When to ask next why a scan waits, in ms on the clock of the given times; null for not at all. */
export const nextPollAt = (
  view: ScanView,
  { visible, lastEventAt, lastPollAt }: PollTimes,
): number | null =>
  visible && isIdle(view) ? Math.max(lastEventAt + firstPollMs, lastPollAt + intervalMs) : null;

/** Whether the scan has not ended and no stage runs, as of the last event. */
function isIdle({ connected, stage, status, result }: ScanView): boolean {
  // Without a connection the view may be out of date.
  if (!connected || result) return false;
  return status === "started" ? stage === "queued" : idleStatuses.has(status);
}

const idleStatuses = new Set<ScanView["status"]>(["completed", "retrying", "parked", "resumed"]);
