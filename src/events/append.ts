import type { DomainEvent } from "../pipeline/domain-event.ts";
import type { ScanEventsMessage } from "../pipeline/messages.ts";
import { sha256 } from "../platform/sha256.ts";
import { chunksOf } from "./chunks.ts";
import { redactedData } from "./kept-event.ts";

/** The last seq that the log has of a job, or had before it was archived; -1 for a job it does not know. */
const headOf = (job: string) => `max(
  coalesce((SELECT max(seq) FROM events WHERE job_id = ${job}), -1),
  coalesce((SELECT last_seq FROM event_archive_jobs WHERE job_id = ${job}), -1))`;

/**
 * Appends what the log does not have and what follows what it has. A job's log has no gaps, so its
 * head says both; `first` is where an unbroken run begins. Who was erased is asked in the same
 * transaction, so that no event of theirs comes in behind the redaction.
 */
const insert = `
INSERT INTO events (job_id, seq, type, at, user_id, data, traceparent)
SELECT new.job_id, new.seq, new.type, new.at,
  iif(erased.user_hash IS NULL, new.user_id, NULL),
  iif(erased.user_hash IS NULL, new.data, new.redacted), new.traceparent
FROM (
  SELECT key, value ->> 'job_id' AS job_id, value ->> 'seq' AS seq, value ->> 'type' AS type,
    value ->> 'at' AS at, value ->> 'user_id' AS user_id, value ->> 'user_hash' AS user_hash,
    value ->> 'traceparent' AS traceparent, value ->> 'data' AS data, value ->> 'redacted' AS redacted, value ->> 'first' AS first,
    ${headOf("value ->> 'job_id'")} AS head
  FROM json_each(?1)) AS new
LEFT JOIN erased_users AS erased
  ON erased.user_hash = new.user_hash AND new.at <= erased.erased_at
WHERE new.seq > new.head AND new.first <= new.head + 1
ORDER BY new.key`;

/** What a job has told so far, by seq. */
interface Told {
  userId: string;
  traceparent: string;
  events: Map<number, DomainEvent>;
}

const heads = `SELECT value AS job_id, ${headOf("value")} AS head FROM json_each(?1)`;

/**
 * Appends the events of messages to the log, each once and a job's in their order, in one
 * transaction. Gives the last seq of each job that the log has then: what is beyond it waits for
 * events that have not come yet.
 */
export async function appendEvents(
  db: D1Database,
  messages: readonly ScanEventsMessage[],
): Promise<Map<string, number>> {
  const jobs = new Map<string, Told>();
  for (const { jobId, userId, traceparent, events } of messages) {
    const job = jobs.get(jobId) ?? { userId, traceparent, events: new Map<number, DomainEvent>() };
    for (const event of events) if (!job.events.has(event.seq)) job.events.set(event.seq, event);
    jobs.set(jobId, job);
  }
  const rows = await Promise.all(
    Array.from(jobs, async ([job_id, { userId, traceparent, events }]) =>
      rowsOf({ job_id, user_id: userId, user_hash: await sha256(userId), traceparent }, events),
    ),
  );
  const results = await db.batch<{ job_id: string; head: number }>([
    ...chunksOf(rows.flat()).map((chunk) => db.prepare(insert).bind(chunk)),
    db.prepare(heads).bind(JSON.stringify([...jobs.keys()])),
  ]);
  return new Map(results.at(-1)?.results.map(({ job_id, head }) => [job_id, head]));
}

/** A job's events as rows, by seq, each with where its unbroken run begins. */
function rowsOf(owner: object, events: ReadonlyMap<number, DomainEvent>): object[] {
  let first = 0;
  return [...events.keys()]
    .toSorted((a, b) => a - b)
    .flatMap((seq) => {
      const event = events.get(seq);
      if (!event) return [];
      if (!events.has(seq - 1)) first = seq;
      const { type, at, data } = event;
      const redacted = JSON.stringify(redactedData(event));
      return [Object.assign({ seq, type, at, data: JSON.stringify(data), redacted, first }, owner)];
    });
}
