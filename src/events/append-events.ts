import type { DomainEvent } from "../pipeline/domain-event.ts";
import type { ScanEventsMessage } from "../pipeline/messages.ts";
import { sha256 } from "../platform/sha256.ts";
import { jsonChunks } from "./json-chunks.ts";
import { redactedData } from "./redacted-event.ts";

/** A job's last seq in the log, archived events included; -1 for a job that has none. */
const headOf = (job: string) => `max(
  coalesce((SELECT max(seq) FROM events WHERE job_id = ${job}), -1),
  coalesce((SELECT last_seq FROM event_archive_jobs WHERE job_id = ${job}), -1))`;

/**
 * Appends the events of a job that follow its head without a gap, and ignores those that the log has.
 * `first` is the seq at which an event's unbroken run begins. The same transaction reads who is erased,
 * so that no event of an erased user enters the log after the redaction.
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

/** The last seq in the log for each job. */
export type Heads = ReadonlyMap<string, number>;

/** The events of a job in a batch of messages, by seq. */
interface JobEvents {
  userId: string;
  traceparent: string;
  events: Map<number, DomainEvent>;
}

const heads = `SELECT value AS job_id, ${headOf("value")} AS head FROM json_each(?1)`;

/**
 * Appends the events of messages to the log in one transaction: each event once, and the events of a job
 * in their order.
 * @param lost names jobs whose missing events will not arrive: theirs are appended beyond a gap.
 * @returns the last seq in the log for each job. An event beyond it waits for one that has not arrived.
 */
export async function appendEvents(
  db: D1Database,
  messages: readonly ScanEventsMessage[],
  lost: ReadonlySet<string> = new Set(),
): Promise<Heads> {
  const jobs = new Map<string, JobEvents>();
  for (const { jobId, userId, traceparent, events } of messages) {
    const job = jobs.get(jobId) ?? { userId, traceparent, events: new Map<number, DomainEvent>() };
    for (const event of events) if (!job.events.has(event.seq)) job.events.set(event.seq, event);
    jobs.set(jobId, job);
  }
  const rows = await Promise.all(
    Array.from(jobs, async ([job_id, { userId, traceparent, events }]) =>
      rowsOf({ job_id, user_id: userId, user_hash: await sha256(userId), traceparent }, events, {
        isLost: lost.has(job_id),
      }),
    ),
  );
  const results = await db.batch<{ job_id: string; head: number }>([
    ...jsonChunks(rows.flat()).map((chunk) => db.prepare(insert).bind(chunk)),
    db.prepare(heads).bind(JSON.stringify([...jobs.keys()])),
  ]);
  return new Map(results.at(-1)?.results.map(({ job_id, head }) => [job_id, head]));
}

/** A job's events as rows in the order of their seq, each with the `first` seq of its unbroken run. */
function rowsOf(
  owner: object,
  events: ReadonlyMap<number, DomainEvent>,
  { isLost }: { isLost: boolean },
): object[] {
  let first = 0;
  return [...events.keys()]
    .toSorted((a, b) => a - b)
    .flatMap((seq) => {
      const event = events.get(seq);
      if (!event) return [];
      if (!isLost && !events.has(seq - 1)) first = seq;
      const { type, at, data } = event;
      const redacted = JSON.stringify(redactedData(event));
      return [Object.assign({ seq, type, at, data: JSON.stringify(data), redacted, first }, owner)];
    });
}
