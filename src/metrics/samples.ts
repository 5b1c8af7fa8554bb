import { z } from "zod";
import { Reading, readNow } from "./reading.ts";

/** The cron that samples runs so often, ms; a slot has one sample, however often it runs. */
export const slotMs = 5 * 60_000;
/** How long samples are kept, ms. */
export const keptMs = 8 * 24 * 60 * 60_000;

/** A reading and when it was taken, Unix ms. */
export interface Sample {
  at: number;
  reading: Reading;
}

const slotOf = (at: number) => Math.floor(at / slotMs) * slotMs;

/**
 * Keeps what is measured now, and forgets what is too old, in one transaction. Of two runs in one slot
 * the first stands.
 */
export async function keepSample(env: Env): Promise<void> {
  const reading = await readNow(env);
  const now = Date.now();
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO samples (slot, at, reading) VALUES (?, ?, ?) ON CONFLICT (slot) DO NOTHING",
    ).bind(slotOf(now), now, JSON.stringify(reading)),
    env.DB.prepare("DELETE FROM samples WHERE slot < ?").bind(slotOf(now) - keptMs),
  ]);
}

const Row = z.object({
  at: z.int(),
  reading: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(Reading),
});

/** Samples since a time, oldest first: each, or one in `every` slots. */
export async function listSamples(db: D1Database, since: number, every = 1): Promise<Sample[]> {
  const { results } = await db
    .prepare("SELECT at, reading FROM samples WHERE slot >= ?1 AND slot % ?2 = 0 ORDER BY slot")
    .bind(slotOf(since), every * slotMs)
    .all();
  return z.array(Row).parse(results);
}
