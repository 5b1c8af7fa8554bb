import { z } from "zod";
import { matchedMunicipality } from "../pipeline/matched-municipality.ts";
import { log } from "../platform/log.ts";
import { select, sql } from "../platform/sql.ts";
import { replaceObject } from "./archive-object.ts";
import { withMatchedRegions } from "./matched-regions.ts";
import type { LogStores } from "./read-log.ts";

const name = "matched-regions";
/** Parts of the log that one run reads, about 1 MB each. */
const partsPerRun = 20;
/** Until then a Worker of the version before may append to the log, ms. */
const settleMs = 24 * 60 * 60 * 1000;

const Progress = z.object({ cursor: z.int(), began_at: z.int(), done_at: z.int().nullable() });
const Part = z.object({
  last_cursor: z.int(),
  redactions: z.int(),
  /** Of a segment. */
  events: z.string().nullable(),
  /** Of an archive. */
  key: z.string().nullable(),
});
type Part = z.infer<typeof Part>;

/**
 * Rewrites what earlier versions have stored: regions as residents typed them become the municipalities that they
 * match, in segments, archives and statistics, some parts a run. A run continues where the last one ended; a part
 * that was rewritten before a crash is found as it should be. Once done, it does nothing.
 */
export async function matchLoggedRegions(stores: LogStores): Promise<void> {
  const { DB: db } = stores;
  const now = Date.now();
  const [progress = { cursor: 0, began_at: now, done_at: null }] = await select(db, Progress)`
    SELECT cursor, began_at, done_at FROM log_rewrites WHERE name = ${name}`;
  if (progress.done_at !== null) return;
  let { cursor } = progress;
  for (let parts = 0; parts < partsPerRun; parts++) {
    const part = await nextPart(db, cursor);
    if (!part) {
      await matchStatistics(db);
      if (now - progress.began_at < settleMs) return;
      await sql(db)`UPDATE log_rewrites SET done_at = ${now} WHERE name = ${name}`.run();
      return;
    }
    if (!(await rewrite(stores, part))) {
      // It was changed meanwhile. The next run reads it again.
      log("warn", "events.not_rewritten", { last_cursor: part.last_cursor });
      return;
    }
    cursor = part.last_cursor;
    await sql(db)`
      INSERT INTO log_rewrites (name, cursor, began_at) VALUES (${name}, ${cursor}, ${now})
      ON CONFLICT (name) DO UPDATE SET cursor = max(cursor, excluded.cursor)`.run();
  }
}

/** A segment that is archived meanwhile is found again, in the archive, whose last cursor is later. */
async function nextPart(db: D1Database, cursor: number): Promise<Part | undefined> {
  const [part] = await select(db, Part)`
    SELECT last_cursor, redactions, events, NULL AS key FROM event_segments
    WHERE last_cursor = (SELECT min(last_cursor) FROM event_segments WHERE last_cursor > ${cursor})
    UNION ALL
    SELECT last_cursor, redactions, NULL, key FROM event_archives
    WHERE last_cursor = (SELECT min(last_cursor) FROM event_archives WHERE last_cursor > ${cursor})
    ORDER BY last_cursor LIMIT 1`;
  return part;
}

/** @returns false when the part was changed since it was read. */
async function rewrite({ DB: db, EVENT_ARCHIVE: bucket }: LogStores, part: Part): Promise<boolean> {
  const { last_cursor, redactions, events, key } = part;
  if (events !== null) {
    const matched = withMatchedRegions(events);
    if (matched === events) return true;
    const { meta } = await sql(db)`
      UPDATE event_segments SET events = ${matched}, redactions = redactions + 1
      WHERE last_cursor = ${last_cursor} AND redactions = ${redactions}`.run();
    return meta.changes > 0;
  }
  const object = key === null ? null : await bucket.get(key);
  // A missing object is an alert of the archive's own.
  if (!object || key === null) return true;
  const text = await object.text();
  const matched = withMatchedRegions(text);
  // Projections match regions as they read, so that none has to read it again.
  return matched === text || replaceObject(bucket, key, matched, object.etag);
}

/** Adds the rows of typed regions to those of their municipalities, in one transaction. */
async function matchStatistics(db: D1Database): Promise<void> {
  const regions = await select(db, z.object({ region: z.string() }))`
    SELECT DISTINCT region FROM daily_statistics WHERE region <> ''`;
  const typed = regions.flatMap(({ region }) => {
    const matched = matchedMunicipality(region) ?? "";
    return matched === region ? [] : [{ region, matched }];
  });
  if (typed.length === 0) return;
  const names = JSON.stringify(typed);
  await db.batch([
    sql(db)`
      INSERT INTO daily_statistics (day, region, major, middle, model, outcome,
        scans, rewards, input_tokens, output_tokens, cost_micro_usd)
      SELECT day, value ->> 'matched', major, middle, model, outcome,
        sum(scans), sum(rewards), sum(input_tokens), sum(output_tokens), sum(cost_micro_usd)
      FROM daily_statistics JOIN json_each(${names}) ON region = value ->> 'region'
      GROUP BY 1, 2, 3, 4, 5, 6
      ON CONFLICT DO UPDATE SET
        scans = daily_statistics.scans + excluded.scans,
        rewards = daily_statistics.rewards + excluded.rewards,
        input_tokens = daily_statistics.input_tokens + excluded.input_tokens,
        output_tokens = daily_statistics.output_tokens + excluded.output_tokens,
        cost_micro_usd = daily_statistics.cost_micro_usd + excluded.cost_micro_usd`,
    sql(db)`DELETE FROM daily_statistics WHERE region IN (
      SELECT value ->> 'region' FROM json_each(${names}))`,
  ]);
}
