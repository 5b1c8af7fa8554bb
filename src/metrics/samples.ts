import { z } from "zod";
import { measure, Measurement } from "./measurement.ts";
import { jsonText, select, sql } from "../platform/sql.ts";

/** The interval of the cron that collects samples, ms. A slot has one sample. */
export const slotMs = 5 * 60_000;
export const retentionMs = 8 * 24 * 60 * 60_000;

const slotOf = (at: number) => Math.floor(at / slotMs) * slotMs;

/** Stores the current measurement, unless its slot has one, and deletes expired samples. */
export async function collectSample(env: Env): Promise<void> {
  const measurement = await measure(env);
  const now = Date.now();
  await env.DB.batch([
    sql(env.DB)`INSERT INTO samples (slot, at, measurement)
      VALUES (${slotOf(now)}, ${now}, ${JSON.stringify(measurement)})
      ON CONFLICT (slot) DO NOTHING`,
    sql(env.DB)`DELETE FROM samples WHERE slot < ${slotOf(now) - retentionMs}`,
  ]);
}

/** A measurement and its time, Unix ms. */
const Row = z.object({ at: z.int(), measurement: jsonText(Measurement) });
export type Sample = z.infer<typeof Row>;

/** Samples since a time, oldest first: all of them, or one in `every` slots. */
export const listSamples = (db: D1Database, since: number, every = 1): Promise<Sample[]> =>
  select(db, Row)`SELECT at, measurement FROM samples
    WHERE slot >= ${slotOf(since)} AND slot % ${every * slotMs} = 0 ORDER BY slot`;
