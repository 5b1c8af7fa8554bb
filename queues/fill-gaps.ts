import { callJob } from "../src/objects.ts";
import type { ScanEventsMessage } from "../src/pipeline/messages.ts";
import { log } from "../src/platform/log.ts";
import { appendEvents, type Heads } from "../src/events/append-events.ts";

/**
 * The deliveries of a message after which a gap before it stays, when its job is purged. By then it is a quarter
 * of an hour old, and no earlier message of the job is on its way: the job publishes all events once more before.
 */
const lastDelivery = 12;

/** A message of events, and how often it was delivered. */
export interface Delivered {
  body: ScanEventsMessage;
  deliveries: number;
}

/**
 * Asks the jobs of messages that begin beyond their log's head for the events between, and appends those. An
 * earlier message may be late or lost: its events are the same. The gap of a purged job is left in the log, so
 * that its later events are not lost, too.
 *
 * @returns the last seq in the log for each job.
 */
export async function fillGaps(
  env: Env,
  delivered: readonly Delivered[],
  heads: Heads,
): Promise<Heads> {
  const gaps = Map.groupBy(
    delivered.filter(({ body }) => body.events.some(({ seq }) => seq > headOf(heads, body.jobId))),
    ({ body }) => body.jobId,
  );
  if (gaps.size === 0) return heads;
  const found = await Promise.all(
    Array.from(gaps, async ([jobId, messages]): Promise<Delivered[]> => {
      const missing = await missingEvents(env, jobId, headOf(heads, jobId) + 1);
      if (missing === "unreachable") return [];
      if (missing) return [{ body: missing, deliveries: 0 }];
      return messages.filter(({ deliveries }) => deliveries >= lastDelivery);
    }),
  );
  const bodies = found.flat().map(({ body }) => body);
  if (bodies.length === 0) return heads;
  const lost = new Set(
    found.flat().flatMap(({ body, deliveries }) => (deliveries > 0 ? [body.jobId] : [])),
  );
  const filled = await appendEvents(env.DB, bodies, lost);
  for (const job of lost) {
    log("error", "events.lost", { job, after: headOf(heads, job), head: headOf(filled, job) });
  }
  return new Map([...heads, ...filled]);
}

export const headOf = (heads: Heads, jobId: string): number => heads.get(jobId) ?? -1;

/** Null when the job is purged. While it cannot be reached, the message is retried. */
async function missingEvents(env: Env, jobId: string, from: number) {
  try {
    return await callJob(env, jobId, (job) => job.domainEvents(from));
  } catch (error) {
    log("warn", "events.job_unreachable", { job: jobId, error: String(error) });
    return "unreachable" as const;
  }
}
