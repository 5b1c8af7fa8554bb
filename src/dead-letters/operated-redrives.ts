import { z } from "zod";
import { StageName } from "../pipeline/stages/stage-table.ts";
import { auditStatement, By, Notice, Why } from "../ops-audit.ts";
import { DeadLetterKind, SourceName } from "./dead-letter-kind.ts";
import { Claimed, claimedColumns } from "./dead-letter-store.ts";
import { firstHeld, holdMatching, isFree, isLeftBy, letGo } from "./redrive-letters.ts";
import { allOf, equal, fragment, jsonText, raw, select, sql } from "../platform/sql.ts";

const text = z.string().max(600).optional();

/** Which dead letters; what is not given does not matter. Times are ISO 8601. */
export const DeadLetterFilter = z.strictObject({
  kind: DeadLetterKind.default("stage"),
  source: SourceName.optional(),
  fingerprint: text,
  code: text,
  model: text,
  provider: text.meta({ description: "The provider that is at fault." }),
  left_by: text.meta({ description: "Left parked by this redrive." }),
  regulation_version: text,
  user_id: text,
  job_ids: z.array(z.uuid()).min(1).max(100).optional().meta({ description: "Of these scans." }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: "Last seen at or after." }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: "Last seen before." }),
});
export type DeadLetterFilter = z.infer<typeof DeadLetterFilter>;

/** What an operator decides about many dead letters at once, and why. */
export const RedriveRequest = z
  .strictObject({
    action: z.enum(["redrive", "discard", "re-answer"]).default("redrive"),
    filter: DeadLetterFilter,
    from_stage: StageName.optional().meta({
      description: "The stage that a re-answer goes back to.",
    }),
    rate_per_second: z.int().min(1).max(100).default(10),
    canary: z
      .strictObject({
        count: z.int().min(1).max(100),
        max_failed_percent: z.number().min(0).max(100),
        alone: z.boolean().default(false).meta({
          description:
            "With true it ends with the canary, and leaves the rest parked: `filter.left_by` redrives it.",
        }),
      })
      .optional()
      .meta({
        description: "So many first; it stops when more than so many percent of them fail again.",
      }),
    by: By,
    why: Why,
    notice: Notice.nullish().meta({
      description:
        "What the residents of discarded scans get as the reason; `why` is for operators alone.",
    }),
  })
  .refine((it) => it.action === "discard" || !it.notice, {
    path: ["notice"],
    error: "goes with the action discard, and only with it",
  })
  .refine((it) => (it.action === "re-answer") === (it.from_stage !== undefined), {
    path: ["from_stage"],
    error: "goes with the action re-answer, and only with it",
  })
  .refine((it) => it.action !== "re-answer" || it.filter.kind === "stage", {
    path: ["filter", "kind"],
    error: "has to be stage: only a scan is answered again",
  });
export type RedriveRequest = z.infer<typeof RedriveRequest>;

const Row = z.object({
  id: z.string(),
  status: z.enum(["running", "done", "stopped", "aborted"]),
  request: jsonText(RedriveRequest),
  outcome: z.string().nullable(),
  created_at: z.int(),
  ended_at: z.int().nullable(),
});
export type Redrive = z.infer<typeof Row>;

/** Parked dead letters of a filter that were there before a time, Unix ms, and that no redrive is to take. */
const matching = (
  { code, left_by, from, to, job_ids, ...columns }: DeadLetterFilter,
  before: number,
) =>
  allOf([
    fragment`status = 'parked' AND last_seen_at < ${before}`,
    isFree,
    ...(left_by ? [isLeftBy(left_by)] : []),
    ...equal({ ...columns, error_code: code }),
    ...(job_ids
      ? [fragment`job_id IN (SELECT value FROM json_each(${JSON.stringify(job_ids)}))`]
      : []),
    ...(from ? [fragment`last_seen_at >= ${Date.parse(from)}`] : []),
    ...(to ? [fragment`last_seen_at < ${Date.parse(to)}`] : []),
  ]);

const Count = z.object({ fingerprint: z.string(), dead_letters: z.int() });

/** How many dead letters a filter takes now, by cause. */
export const countMatching = (db: D1Database, filter: DeadLetterFilter, now: number) =>
  select(db, Count)`
    SELECT fingerprint, COUNT(*) AS dead_letters FROM dead_letters WHERE ${matching(filter, now)}
    GROUP BY fingerprint ORDER BY dead_letters DESC`;

const ProviderCount = z.object({
  provider: z.string(),
  model: z.string().nullable(),
  dead_letters: z.int(),
});

/** How many of the dead letters that a filter takes now have failed for a provider, by provider. */
export const countByProvider = (db: D1Database, filter: DeadLetterFilter, now: number) =>
  select(db, ProviderCount)`
    SELECT coalesce(provider, '') AS provider, model, COUNT(*) AS dead_letters FROM dead_letters
    WHERE ${matching(filter, now)} GROUP BY provider, model LIMIT 200`;

/**
 * Records a redrive that is to run, with its audit row, and holds the dead letters that it is to take.
 * @returns how many it holds, by cause: of two redrives that begin at once, each has its own.
 */
export async function createRedrive(
  db: D1Database,
  id: string,
  request: RedriveRequest,
  now: number,
) {
  const { action, by, why } = request;
  await db.batch([
    sql(db)`
      INSERT INTO redrives (id, action, status, request, by, why, created_at)
      VALUES (${id}, ${action}, 'running', ${JSON.stringify(request)}, ${by}, ${why}, ${now})`,
    auditStatement(db, { by, action: `redrive.${action}`, target: id, detail: request }),
    holdMatching(db, id, matching(request.filter, now)),
  ]);
  return select(db, Count)`
    SELECT fingerprint, COUNT(*) AS dead_letters
    FROM redrive_letters JOIN dead_letters ON id = dead_letter_id
    WHERE redrive_letters.redrive_id = ${id} GROUP BY fingerprint ORDER BY dead_letters DESC`;
}

export async function readRedrive(db: D1Database, id: string): Promise<Redrive | null> {
  const [redrive] = await select(db, Row)`SELECT * FROM redrives WHERE id = ${id}`;
  return redrive ?? null;
}

export const listRedrives = (db: D1Database, limit: number): Promise<Redrive[]> =>
  select(db, Row)`SELECT * FROM redrives ORDER BY created_at DESC LIMIT ${limit}`;

/** The ids of redrives that run, or have lost who ran them. */
export async function runningRedrives(db: D1Database): Promise<string[]> {
  const running = select(db, Row.pick({ id: true }));
  return (await running`SELECT id FROM redrives WHERE status = 'running'`).map(({ id }) => id);
}

/**
 * Ends a redrive that runs, and lets go of what it did not take; one that has ended stays as it is.
 * @param by the operator who ends it, for the audit.
 */
export async function endRedrive(
  db: D1Database,
  id: string,
  status: Exclude<Redrive["status"], "running">,
  outcome: string,
  now: number,
  by?: string,
): Promise<void> {
  const isRunning = fragment`EXISTS (SELECT 1 FROM redrives WHERE id = ${id} AND status = 'running')`;
  await db.batch([
    ...(by === undefined
      ? []
      : [auditStatement(db, { by, action: "redrive.abort", target: id, detail: {} }, isRunning)]),
    sql(db)`
      UPDATE redrives SET status = ${status}, outcome = ${outcome}, ended_at = ${now}
      WHERE id = ${id} AND status = 'running'`,
    ...letGo(db, id),
  ]);
}

/**
 * Claims dead letters that a redrive holds. One that it is to discard stays parked until it is given up, so that this may
 * be repeated.
 */
export const claimHeld = (db: D1Database, redrive: Redrive, limit: number, now: number) =>
  select(db, Claimed)`
    UPDATE dead_letters SET claimed_at = ${now}, redrive_id = ${redrive.id}
      ${raw(redrive.request.action === "discard" ? "" : ", status = 'redriving', redrives = redrives + 1")}
    WHERE id IN (${firstHeld(redrive.id, limit, now)}) RETURNING ${claimedColumns}`;
