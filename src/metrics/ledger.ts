import { log } from "../platform/log.ts";
import type { Sum } from "./families.ts";

/** An isolate writes at most so often, ms: what dies with it is what came after it wrote last. */
export const flushMs = 1_000;
/** How long a queue's batch waits for its metrics to be written, ms. */
export const patienceMs = 2_000;

/** Sums on their way. Frozen: sent again, it is the same, and its seq says so. */
interface Parcel {
  seq: number;
  sums: string;
}

const upsert = `
INSERT INTO metric_counters (name, labels, value)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1)
WHERE NOT EXISTS (SELECT 1 FROM metric_writers WHERE id = ?2 AND seq >= ?3)
ON CONFLICT (name, labels) DO UPDATE SET value = metric_counters.value + excluded.value`;

const sign = `
INSERT INTO metric_writers (id, seq, open_streams, seen_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET seq = max(seq, excluded.seq),
  open_streams = excluded.open_streams, seen_at = excluded.seen_at`;

/**
 * Sums of one isolate that are on their way to those of all. They are added up here and written
 * together, each once: a parcel whose reply was lost is sent again under its seq until it is known to
 * be written.
 */
export function ledger() {
  /** By name and labels. */
  let waiting = new Map<string, Sum>();
  let parcel: Parcel | null = null;
  let seq = 0;
  let openStreams = 0;
  let toldStreams = 0;
  let flushedAt = -Infinity;
  /** Somebody writes. An invocation that ends takes its write along, so that this ends by itself, too. */
  let writingUntil = -Infinity;
  // Nothing random may be made before the first request.
  let id: string | null = null;

  function packed(): Parcel {
    const sums = JSON.stringify([...waiting.values()]);
    waiting = new Map();
    return { seq: ++seq, sums };
  }

  async function write(db: D1Database, { seq, sums }: Parcel, now: number) {
    id ??= crypto.randomUUID();
    const streams = openStreams;
    await db.batch([
      db.prepare(upsert).bind(sums, id, seq),
      db.prepare(sign).bind(id, seq, streams, now),
    ]);
    toldStreams = streams;
  }

  return {
    add(sums: readonly Sum[]) {
      for (const [name, labels, value] of sums) {
        // One that is no number would keep the others of its parcel from being written.
        if (!Number.isFinite(value)) continue;
        const key = `${name}${labels}`;
        waiting.set(key, [name, labels, (waiting.get(key)?.[2] ?? 0) + value]);
      }
    },

    /** A stream was opened (1) or closed (-1). */
    streams(change: 1 | -1) {
      openStreams += change;
    },

    /**
     * Writes what has come, in one D1 batch, unless that was done within the last second; `now` insists.
     * Never rejects, and never takes long: what could not be written waits for the next time.
     */
    async flush(db: D1Database, when: "now" | "if due" = "if due"): Promise<void> {
      const now = Date.now();
      const isEarly = Math.abs(now - flushedAt) < flushMs && when === "if due";
      if (isEarly || now < writingUntil) return;
      // Streams that are open are told again: a row that is not heard of is not counted for long.
      const isIdle = waiting.size === 0 && !parcel && openStreams === 0 && toldStreams === 0;
      if (isIdle) return;
      parcel ??= packed();
      const sending = parcel;
      flushedAt = now;
      writingUntil = now + patienceMs;
      try {
        await Promise.race([write(db, sending, now), late()]);
        if (parcel === sending) parcel = null;
      } catch (error) {
        // Whatever it is, the scans go on.
        log("warn", "metrics.not_written", { seq: sending.seq, error: String(error) });
      } finally {
        writingUntil = -Infinity;
      }
    },
  };
}

async function late(): Promise<never> {
  await scheduler.wait(patienceMs);
  throw new Error(`took longer than ${patienceMs} ms`);
}

/** The isolate's own. */
export const metrics = ledger();
