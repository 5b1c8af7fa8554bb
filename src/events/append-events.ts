import type { DomainEvent } from "../pipeline/domain-event.ts";
import type { ScanEventsMessage } from "../pipeline/messages.ts";
import { log } from "../platform/log.ts";
import { sha256 } from "../platform/sha256.ts";
import { headOfJob, jobRetentionMs } from "./job-heads.ts";
import { jsonChunks } from "./json-chunks.ts";
import { head } from "./log-head.ts";
import { withMatchedRegion } from "./matched-regions.ts";
import { redactedData } from "./redacted-event.ts";

/**
 * The events of a job that follow its head in the log without a gap; those that the log has are ignored.
 * `first` is the seq at which an event's unbroken run begins. A job whose row is deleted may have had its
 * old events in the log, so that these are left out.
 */
const accepted = `
  SELECT key, value ->> 'job_id' AS job_id, value ->> 'seq' AS seq, value ->> 'type' AS type,
    value ->> 'at' AS at, value ->> 'user_hash' AS user_hash, value ->> 'line' AS line,
    value ->> 'redacted' AS redacted
  FROM (SELECT key, value, ${headOfJob("value ->> 'job_id'")} AS last_seq FROM json_each(?1))
  WHERE value ->> 'seq' > coalesce(last_seq, -1) AND value ->> 'first' <= coalesce(last_seq, -1) + 1
    AND NOT (value ->> 'is_old' AND last_seq IS NULL)`;

/**
 * Appends a segment of the accepted events, and gives them their cursors. The same transaction reads who is
 * erased, so that no event of an erased user enters the log after the redaction.
 */
const appendSegment = `
INSERT INTO event_segments (last_cursor, first_cursor, first_at, last_at, types, events)
SELECT max(cursor), min(cursor), min(at), max(at), json_group_array(DISTINCT type),
  group_concat('{"cursor":' || cursor || ',' || substr(line, 2), char(10) ORDER BY cursor)
FROM (
  SELECT ${head} + row_number() OVER (ORDER BY key) AS cursor, new.type, new.at,
    iif(erased.user_hash IS NULL, new.line, new.redacted) AS line
  FROM (${accepted}) AS new LEFT JOIN erased_users AS erased
    ON erased.user_hash = new.user_hash AND new.at <= erased.erased_at)
HAVING count(*) > 0`;

/** Moves the heads of the jobs. SQLite takes `type` from the row of the highest seq. */
const moveHeads = `
INSERT INTO event_jobs (job_id, last_seq, ended, updated_at)
SELECT job_id, last_seq, type IN ('scan.completed', 'scan.failed'), ?2
FROM (SELECT job_id, max(seq) AS last_seq, type FROM (${accepted}) GROUP BY job_id) WHERE true
ON CONFLICT (job_id) DO UPDATE SET last_seq = excluded.last_seq, ended = excluded.ended,
  updated_at = excluded.updated_at`;

const heads = `
SELECT job_id, last_seq
FROM (SELECT value AS job_id, ${headOfJob("value")} AS last_seq FROM json_each(?1))
WHERE last_seq IS NOT NULL`;

/** The last seq in the log for each job. */
export type Heads = ReadonlyMap<string, number>;

/** The events of a job in a batch of messages, by seq. */
interface JobEvents {
  userId: string;
  traceparent: string;
  events: Map<number, DomainEvent>;
}

/**
 * Appends the events of messages to the log in one transaction: each event once, and the events of a job
 * in their order. They are one segment, or more when they are large. The events of a job that the log no
 * longer knows are dropped when all of them are old: they may be copies of what it has. Dropped events
 * count as appended.
 * @param lost names jobs whose missing events will not arrive: theirs are appended beyond a gap.
 * @returns the last seq in the log for each job. An event beyond it waits for one that has not arrived.
 */
export async function appendEvents(
  db: D1Database,
  messages: readonly ScanEventsMessage[],
  lost: ReadonlySet<string> = new Set(),
): Promise<Heads> {
  const now = Date.now();
  const jobs = new Map<string, JobEvents>();
  for (const { jobId, userId, traceparent, events } of messages) {
    const job = jobs.get(jobId) ?? { userId, traceparent, events: new Map<number, DomainEvent>() };
    for (const event of events) if (!job.events.has(event.seq)) job.events.set(event.seq, event);
    jobs.set(jobId, job);
  }
  const isOld = ({ events }: JobEvents) =>
    [...events.values()].every(({ at }) => at < now - jobRetentionMs);
  const rows = await Promise.all(
    Array.from(jobs, ([jobId, job]) =>
      rowsOf(jobId, job, { isLost: lost.has(jobId), isOld: isOld(job) }),
    ),
  );
  const results = await db.batch<{ job_id: string; last_seq: number }>([
    ...jsonChunks(rows.flat()).flatMap((chunk) => [
      db.prepare(appendSegment).bind(chunk),
      db.prepare(moveHeads).bind(chunk, now),
    ]),
    db.prepare(heads).bind(JSON.stringify([...jobs.keys()])),
  ]);
  const found = new Map(results.at(-1)?.results.map(({ job_id, last_seq }) => [job_id, last_seq]));
  const dropped = [...jobs].filter(([jobId, job]) => !found.has(jobId) && isOld(job));
  for (const [job, { events }] of dropped) {
    log("error", "events.dropped", { job, events: events.size });
    found.set(job, Math.max(...events.keys()));
  }
  return found;
}

/** A job's events as rows in the order of their seq, each with the `first` seq of its unbroken run. */
async function rowsOf(
  jobId: string,
  { userId, traceparent, events }: JobEvents,
  { isLost, isOld }: { isLost: boolean; isOld: boolean },
): Promise<object[]> {
  const user_hash = await sha256(userId);
  let first = 0;
  return [...events.values()]
    .toSorted((a, b) => a.seq - b.seq)
    .map((event) => {
      const { seq, type, at } = event;
      const data = withMatchedRegion(event.data);
      if (!isLost && !events.has(seq - 1)) first = seq;
      const place = { job_id: jobId, seq, type, at };
      const line = { ...place, user_id: userId, traceparent, data };
      const redacted = Object.assign({}, line, { user_id: null, data: redactedData(event) });
      return Object.assign(place, {
        user_hash,
        first,
        is_old: isOld,
        line: JSON.stringify(line),
        redacted: JSON.stringify(redacted),
      });
    });
}
