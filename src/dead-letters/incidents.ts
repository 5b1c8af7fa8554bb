import { z } from "zod";
import { phaseOf } from "../pipeline/breaker.ts";
import type { Control } from "../pipeline/control.ts";
import { StageName, stageNames } from "../pipeline/stages/stage-table.ts";
import { select } from "../platform/sql.ts";

/** The scans of an incident at a stage. */
const counts = {
  waiting: z.int(),
  running: z.int(),
  retrying: z.int(),
  parked: z.int(),
  redriving: z.int(),
};

const Row = z.object({
  provider: z.string(),
  error_code: z.string(),
  error_message: z.string().nullable(),
  stage: StageName,
  ...counts,
  since: z.int(),
});

/** A provider's failure, and the scans that it has stopped. Times are Unix ms. */
export const Incident = z.object({
  provider: z.string(),
  error_code: z.string().describe("The root cause."),
  error_message: z.string().nullable(),
  since: z.int(),
  breaker: z.enum(["closed", "open", "half-open"]),
  scans: z.int(),
  stages: z.array(z.object({ stage: StageName, ...counts })),
});
export type Incident = z.infer<typeof Incident>;

/** The incidents of providers, one for each provider and root cause, those with the most scans first. */
export async function readIncidents(
  db: D1Database,
  control: Control | null,
  now: number,
): Promise<Incident[]> {
  const rows = await select(db, Row)`
    SELECT provider, error_code, MIN(error_message) AS error_message, stage,
      SUM(status = 'waiting') AS waiting, SUM(status = 'running') AS running,
      SUM(status = 'retrying') AS retrying, SUM(status = 'parked') AS parked,
      SUM(status = 'redriving') AS redriving, MIN(since) AS since
    FROM (
      SELECT provider, error_code, error_message, source AS stage, status, first_seen_at AS since
      FROM dead_letters INDEXED BY dead_letters_by_status
      WHERE kind = 'stage' AND status IN ('parked', 'redriving')
      UNION ALL
      SELECT provider, error_code, NULL, stage, status, submitted_at
      FROM open_jobs WHERE status IN ('waiting', 'running', 'retrying'))
    WHERE provider IS NOT NULL AND error_code IS NOT NULL AND stage IS NOT NULL
    GROUP BY provider, error_code, stage`;
  const breakers = Object.entries(control?.breakers ?? {});
  const open = breakers.flatMap(([provider, { openedAt, failingSince, cause }]) =>
    openedAt !== null && cause ? [{ provider, cause, since: failingSince ?? openedAt }] : [],
  );
  const keys = new Set([
    ...open.map(({ provider, cause }) => keyOf(provider, cause.code)),
    ...rows.map(({ provider, error_code }) => keyOf(provider, error_code)),
  ]);
  const incidents = Array.from(keys, (key): Incident => {
    const [provider = "", error_code = ""] = key.split(" ");
    const own = rows.filter((it) => keyOf(it.provider, it.error_code) === key);
    const cause = open.find((it) => keyOf(it.provider, it.cause.code) === key);
    const breaker = control?.breakers[provider];
    const scans = own.reduce((sum, it) => sum + countAll(it), 0);
    return {
      provider,
      error_code,
      error_message:
        cause?.cause.message ?? own.find((it) => it.error_message !== null)?.error_message ?? null,
      since: Math.min(cause?.since ?? now, ...own.map(({ since }) => since)),
      breaker: breaker ? phaseOf(breaker, now) : "closed",
      scans,
      stages: stageNames.flatMap((stage) => own.filter((it) => it.stage === stage)),
    };
  });
  return incidents.toSorted((a, b) => b.scans - a.scans);
}

const countAll = ({ waiting, running, retrying, parked, redriving }: z.infer<typeof Row>) =>
  waiting + running + retrying + parked + redriving;

const keyOf = (provider: string, code: string) => `${provider} ${code}`;
