import { z } from "zod";
import { headOfJob } from "../events/job-heads.ts";
import type { LoggedEvent } from "../events/logged-event.ts";
import type { LogStores } from "../events/read-log.ts";
import { readLogBack } from "../events/read-log-back.ts";
import { UnreadableArchive } from "../events/archive-object.ts";
import { providerOf } from "../models/catalog.ts";
import { DomainEvent } from "../pipeline/domain-event.ts";
import { StageName, stageNames } from "../pipeline/stages/stage-table.ts";
import { raw, select } from "../platform/sql.ts";
import { type JobFilter, matches, needlesOf } from "./job-filter.ts";
import { categoryOf, type JobRow, traceIdOf } from "./job-row.ts";

/** Pages of the log that one request reads at most, about 1 MB each. */
const pagesPerRequest = 8;

interface EndedPage {
  rows: JobRow[];
  /** The cursor that the next page ends before; null at the beginning of the log. */
  before: number | null;
  /** How far back the log was read, Unix ms; null when nothing was read. */
  readTo: number | null;
}

/** A row, and where its event is in the log. */
interface Found {
  row: JobRow;
  cursor: number;
  seq: number;
}

/**
 * Ended jobs, the last ended first, from the event log: no row is written for them. A request reads a bounded part of
 * the log, so that a page may have fewer rows while there are more.
 * @throws {UnreadableArchive} when nothing was found before it.
 */
export async function endedRows(
  stores: LogStores,
  filter: JobFilter,
  before: number,
  limit: number,
): Promise<EndedPage> {
  const found: Found[] = [];
  let next: number | null = before;
  let readTo: number | null = null;
  for (let page = 0; page < pagesPerRequest && next !== null && found.length <= limit; page++) {
    try {
      const { events, before: end } = await readLogBack(stores, next, {
        from: filter.from,
        to: filter.to,
        texts: needlesOf(filter),
      });
      next = end;
      readTo = events[0]?.at ?? readTo;
      const rows = rowsOf(events).filter(({ row }) =>
        matches(row, { ...filter, stage: undefined }),
      );
      const whole = await completed(stores.DB, rows);
      found.push(...whole.filter(({ row }) => matches(row, filter)));
    } catch (error) {
      if (error instanceof UnreadableArchive && found.length > 0) break;
      throw error;
    }
  }
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return {
    rows: shown.map(({ row }) => row),
    before: last ? last.cursor : next,
    readTo: last ? last.row.ended_at : readTo,
  };
}

/** The ended jobs of a page of the log, the last one first. */
function rowsOf(events: readonly LoggedEvent[]): Found[] {
  const stages = new Map<string, StageName | null>();
  const found: Found[] = [];
  for (const { cursor, job_id, seq, type, at, user_id, traceparent, data } of events) {
    const { success, data: event } = DomainEvent.safeParse({ seq, at, type, data });
    // What is redacted has fewer members.
    if (!success) continue;
    const stage = stageAfter(event, stages.get(job_id) ?? null);
    stages.set(job_id, stage);
    const isEnd = event.type === "scan.completed" || event.type === "scan.failed";
    if (!isEnd && event.type !== "scan.tested") continue;
    const { model, region, status, error, classification, requested_at, cost_micro_usd } =
      event.data;
    const row = {
      job_id,
      user_id,
      trace_id: traceIdOf(traceparent),
      status,
      stage,
      error,
      model,
      provider: providerOf(model),
      at_fault: null,
      region,
      category: classification && categoryOf(classification),
      test_of: event.type === "scan.tested" ? event.data.of : null,
      submitted_at: requested_at,
      ended_at: at,
      next_retry_at: null,
      cost_usd: cost_micro_usd / 1e6,
    };
    found.push({ row, cursor, seq });
  }
  return found.toReversed();
}

/** The stage that completes with a type of event. */
const completes: Partial<Record<DomainEvent["type"], StageName>> = {
  "scan.classified": "vision",
  "scan.rules_retrieved": "rule",
  "scan.answered": "answer",
  "scan.rewarded": "reward",
};

/** The stage that a job is at after an event; null while the log does not say. */
function stageAfter(event: DomainEvent, before: StageName | null): StageName | null {
  if (event.type === "scan.requested") return stageNames[0] ?? null;
  if (event.type === "scan.parked") return event.data.stage;
  if (event.type === "scan.completed") return stageNames.at(-1) ?? null;
  const completed = completes[event.type];
  if (!completed) return before;
  return stageNames[stageNames.indexOf(completed) + 1] ?? completed;
}

const Known = z.object({
  job_id: z.string(),
  last_seq: z.int().nullable(),
  parked_at: StageName.nullable(),
});

/**
 * Without the ends of runs that another run of the job has followed. The stage of a job that was given up is in its
 * dead letter: the page of the log has its end alone.
 */
async function completed(db: D1Database, found: readonly Found[]): Promise<Found[]> {
  if (found.length === 0) return [];
  const ids = JSON.stringify(found.map(({ row }) => row.job_id));
  const stages = JSON.stringify(stageNames);
  const known = await select(db, Known)`
    SELECT jobs.value AS job_id, ${raw(headOfJob("jobs.value"))} AS last_seq,
      (SELECT source FROM dead_letters
        WHERE id IN (SELECT jobs.value || ':' || stages.value FROM json_each(${stages}) AS stages)
        ORDER BY last_seen_at DESC LIMIT 1) AS parked_at
    FROM json_each(${ids}) AS jobs`;
  const byId = new Map(known.map((it) => [it.job_id, it]));
  return found
    .map(({ row, ...place }) => {
      const stage = row.stage ?? byId.get(row.job_id)?.parked_at ?? null;
      return { ...place, row: { ...row, stage } };
    })
    .filter(({ row, seq }) => seq >= (byId.get(row.job_id)?.last_seq ?? seq));
}
