import { log } from "../platform/log.ts";
import { sql } from "../platform/sql.ts";
import { withTimeout } from "../platform/timeout.ts";
import { unreadRowIncrements } from "./unread-rows.ts";
import type { Increment } from "./series.ts";

/** The least time between two writes of an isolate, ms. A crash loses what came after the last one. */
export const flushMs = 5_000;
/** How long a flush waits for D1, ms. */
const flushTimeoutMs = 2_000;

/** How long a job that was accepted is listed by its isolate, ms: its own watchdog tracks it after 10 s. */
export const acceptedMs = 60_000;
const acceptedAtMost = 500;

/** Increments that are being written. It never changes, so that `seq` identifies a repetition. */
interface Batch {
  seq: number;
  increments: string;
}

/**
 * Adds up the increments of one isolate and writes them to D1 together, each exactly once: a batch
 * whose reply is lost is written again under the same `seq` until a write succeeds.
 */
export function metricsBuffer() {
  /** By name and labels. */
  let pending = new Map<string, Increment>();
  let batch: Batch | null = null;
  let seq = 0;
  let accepted: [jobId: string, at: number][] = [];
  let openStreams = 0;
  let writtenStreams = 0;
  let flushedAt = -Infinity;
  /** Ends by itself: when an invocation ends, its write may never return. */
  let writingUntil = -Infinity;
  // Workers allow no random values before the first request.
  let id: string | null = null;

  function nextBatch(): Batch {
    const increments = JSON.stringify([...pending.values()]);
    pending = new Map();
    return { seq: ++seq, increments };
  }

  async function write(db: D1Database, { seq, increments }: Batch, now: number) {
    id ??= crypto.randomUUID();
    const streams = openStreams;
    accepted = accepted.filter(([, at]) => at > now - acceptedMs);
    await db.batch([
      sql(db)`
        INSERT INTO metric_counters (name, labels, value)
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${increments})
        WHERE NOT EXISTS (SELECT 1 FROM metric_writers WHERE id = ${id} AND seq >= ${seq})
        ON CONFLICT (name, labels) DO UPDATE SET value = metric_counters.value + excluded.value`,
      sql(db)`
        INSERT INTO metric_writers (id, seq, open_streams, seen_at, accepted)
        VALUES (${id}, ${seq}, ${streams}, ${now}, ${JSON.stringify(accepted)})
        ON CONFLICT (id) DO UPDATE SET seq = max(seq, excluded.seq),
          open_streams = excluded.open_streams, seen_at = excluded.seen_at,
          accepted = excluded.accepted`,
    ]);
    writtenStreams = streams;
  }

  function add(increments: readonly Increment[]) {
    for (const [name, labels, value] of increments) {
      // D1 would refuse the whole batch for one value that is not a number.
      if (!Number.isFinite(value)) continue;
      const key = `${name}${labels}`;
      pending.set(key, [name, labels, (pending.get(key)?.[2] ?? 0) + value]);
    }
  }

  return {
    add,

    /** Notes a job that was accepted now, so that it is listed from its first second on. */
    accept(jobId: string) {
      accepted = accepted.slice(1 - acceptedAtMost);
      accepted.push([jobId, Date.now()]);
    },

    /** Counts a stream that opened (1), closed (-1) or goes on (0). */
    addStreams(change: 1 | 0 | -1) {
      openStreams += change;
    },

    /**
     * Writes what is pending in one D1 batch, at most every `flushMs` unless `when` is `now`. It never
     * rejects and takes `flushTimeoutMs` at most. What fails is written by the next flush.
     */
    async flush(db: D1Database, when: "now" | "if due" = "if due"): Promise<void> {
      const now = Date.now();
      const isEarly = Math.abs(now - flushedAt) < flushMs && when === "if due";
      if (isEarly || now < writingUntil) return;
      add(unreadRowIncrements(now));
      // Open streams are written each time, because a writer's row expires.
      const isIdle = pending.size === 0 && !batch && openStreams === 0 && writtenStreams === 0;
      if (isIdle) return;
      batch ??= nextBatch();
      const writing = batch;
      flushedAt = now;
      writingUntil = now + flushTimeoutMs;
      try {
        await withTimeout(flushTimeoutMs, () => write(db, writing, now));
        if (batch === writing) batch = null;
      } catch (error) {
        // Any error of D1, or the timeout. Scans do not depend on metrics.
        log("warn", "metrics.not_written", { seq: writing.seq, error: String(error) });
      } finally {
        writingUntil = -Infinity;
      }
    },
  };
}

/** The buffer of this isolate. */
export const metrics = metricsBuffer();
