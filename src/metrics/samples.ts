import { z } from "zod";
import { measure, Measurement } from "./measurement.ts";

/** The interval of the cron that collects samples, ms. A slot has one sample. */
export const slotMs = 5 * 60_000;
export const retentionMs = 8 * 24 * 60 * 60_000;

/** A measurement and its time, Unix ms. */
export interface Sample {
  at: number;
  measurement: Measurement;
}

const slotOf = (at: number) => Math.floor(at / slotMs) * slotMs;

/** Stores the current measurement, unless its slot has one, and deletes expired samples. */
export async function collectSample(env: Env): Promise<void> {
  const measurement = await measure(env);
  const now = Date.now();
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO samples (slot, at, measurement) VALUES (?, ?, ?) ON CONFLICT (slot) DO NOTHING",
    ).bind(slotOf(now), now, JSON.stringify(measurement)),
    env.DB.prepare("DELETE FROM samples WHERE slot < ?").bind(slotOf(now) - retentionMs),
  ]);
}

const Row = z.object({
  at: z.int(),
  measurement: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(Measurement),
});

/** Samples since a time, oldest first: all of them, or one in `every` slots. */
export async function listSamples(db: D1Database, since: number, every = 1): Promise<Sample[]> {
  const { results } = await db
    .prepare("SELECT at, measurement FROM samples WHERE slot >= ?1 AND slot % ?2 = 0 ORDER BY slot")
    .bind(slotOf(since), every * slotMs)
    .all();
  return z.array(Row).parse(results);
}
