import { ApiError } from "./api-error.ts";
import { browserGlobals } from "./browser-globals.ts";
import { hasFields } from "./has-fields.ts";
import { nextPollAt } from "./next-poll-at.ts";
import { initialView, type ScanView } from "./scan-view.ts";
import type { Waiting } from "./wire.ts";

/** Why a scan waits; null when it does not. */
export interface WaitingReason {
  waiting: Waiting | null;
}

export interface Polling {
  /** Requests the scan's snapshot. */
  load: (signal: AbortSignal) => Promise<unknown>;
  onReason: (reason: WaitingReason) => void;
}

const isVisible = () => !browserGlobals.document?.hidden;

/** Asks the server why a scan waits while it sends no events and the page is in the foreground. */
export function pollWaiting({ load, onReason }: Polling) {
  let view: ScanView = initialView;
  let lastEventAt = performance.now();
  let lastPollAt = -Infinity;
  let polling = new AbortController();

  const dueAt = () => nextPollAt(view, { visible: isVisible(), lastEventAt, lastPollAt });

  /** Replaces the planned poll; the response of one that is under way is out of date. */
  function schedule() {
    polling.abort();
    polling = new AbortController();
    const { signal } = polling;
    const at = dueAt();
    if (at === null) return;
    const timer = setTimeout(() => void poll(signal), at - performance.now());
    signal.addEventListener("abort", () => clearTimeout(timer));
  }

  async function poll(signal: AbortSignal) {
    lastPollAt = performance.now();
    const reason = await reasonFrom(load, signal);
    if (signal.aborted) return;
    if (reason) onReason(reason);
    if (!signal.aborted) schedule();
  }

  browserGlobals.document?.addEventListener("visibilitychange", schedule);
  schedule();

  return {
    /** Reschedules the poll by the current view. */
    update(next: ScanView) {
      const wasDue = dueAt() !== null;
      const isNewer = next.seq !== view.seq;
      view = next;
      if (isNewer) lastEventAt = performance.now();
      if (isNewer || wasDue !== (dueAt() !== null)) schedule();
    },
    stop() {
      browserGlobals.document?.removeEventListener("visibilitychange", schedule);
      polling.abort();
    },
  };
}

/** Null when the request fails or the snapshot has no reason. */
async function reasonFrom(
  load: Polling["load"],
  signal: AbortSignal,
): Promise<WaitingReason | null> {
  try {
    return readWaiting(await load(signal));
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) return null;
    throw error;
  }
}

/** Parses the reason in a snapshot; null for a snapshot without one. */
export function readWaiting(body: unknown): WaitingReason | null {
  if (!hasFields(body, { waiting: "unknown" })) return null;
  const { waiting } = body;
  return waiting === null || isWaiting(waiting) ? { waiting } : null;
}

const isWaiting = (value: unknown): value is Waiting =>
  hasFields(value, {
    reason: "string",
    message: "string",
    attempt: "number",
    max_attempts: "number",
    next_retry_at: "unknown",
    next_redrive_at: "unknown",
    paused: "unknown",
    backlog: "unknown",
  });
