import { ApiError } from "./api-error.ts";
import { askAt } from "./ask-at.ts";
import { page } from "./page.ts";
import { type ScanView, unheard } from "./scan-view.ts";
import type { Waiting } from "./wire.ts";

/** Why a scan waits: null when it does not. */
export interface Told {
  waiting: Waiting | null;
}

/** Where it is asked, and who is told. */
export interface Asker {
  /** The snapshot of the scan. */
  ask: (signal: AbortSignal) => Promise<unknown>;
  tell: (told: Told) => void;
}

const isVisible = () => !page.document?.hidden;

/** Asks why a scan waits as long as nothing is heard of it, and somebody looks. */
export function whyWaiting({ ask, tell }: Asker) {
  let view: ScanView = unheard;
  let heardAt = performance.now();
  let askedAt = -Infinity;
  let asking = new AbortController();

  const due = () => askAt(view, { visible: isVisible(), heardAt, askedAt });

  /** What was asked before is of no use any more. */
  function plan() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const at = due();
    if (at === null) return;
    const timer = setTimeout(() => void askNow(signal), at - performance.now());
    signal.addEventListener("abort", () => clearTimeout(timer));
  }

  async function askNow(signal: AbortSignal) {
    askedAt = performance.now();
    const told = await answered(ask, signal);
    // What came meanwhile is newer.
    if (signal.aborted) return;
    if (told) tell(told);
    if (!signal.aborted) plan();
  }

  page.document?.addEventListener("visibilitychange", plan);
  plan();

  return {
    /** Says how the scan stands now. */
    see(next: ScanView) {
      const wasDue = due() !== null;
      const isNews = next.seq !== view.seq;
      view = next;
      if (isNews) heardAt = performance.now();
      if (isNews || wasDue !== (due() !== null)) plan();
    },
    leave() {
      page.document?.removeEventListener("visibilitychange", plan);
      asking.abort();
    },
  };
}

/** Null when nothing was learned. */
async function answered(ask: Asker["ask"], signal: AbortSignal): Promise<Told | null> {
  try {
    return readWaiting(await ask(signal));
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) return null;
    throw error;
  }
}

/** Why a scan waits, out of its snapshot; null for a snapshot that does not say. */
export function readWaiting(body: unknown): Told | null {
  if (typeof body !== "object" || body === null || !("waiting" in body)) return null;
  const { waiting } = body;
  return waiting === null || isWaiting(waiting) ? { waiting } : null;
}

const isWaiting = (value: unknown): value is Waiting =>
  typeof value === "object" &&
  value !== null &&
  "reason" in value &&
  typeof value.reason === "string" &&
  "message" in value &&
  typeof value.message === "string" &&
  "attempt" in value &&
  typeof value.attempt === "number" &&
  "max_attempts" in value &&
  typeof value.max_attempts === "number" &&
  "next_retry_at" in value &&
  "next_redrive_at" in value &&
  "paused" in value &&
  "backlog" in value;
