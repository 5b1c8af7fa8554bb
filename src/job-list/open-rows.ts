import { z } from "zod";
import { acceptedMs } from "../metrics/metrics-buffer.ts";
import { callJob } from "../objects.ts";
import { type ListedStatus, openStatuses } from "../pipeline/job-status.ts";
import { notFound } from "../pipeline/refusals.ts";
import { log } from "../platform/log.ts";
import { allOf, equal, type Fragment, fragment, jsonText, raw, select } from "../platform/sql.ts";
import { type JobFilter, matches, modelsOf } from "./job-filter.ts";
import { type JobRow, rowOfState } from "./job-row.ts";

/** After which open job a page begins: those were submitted before it. */
export interface OpenPosition {
  submittedAt: number;
  jobId: string;
}

interface OpenPage {
  rows: JobRow[];
  /** Jobs that were open when they were found, and have ended since: the log may not have them yet. */
  ended: JobRow[];
  next: OpenPosition | null;
}

const Tracked = z.object({ job_id: z.string(), submitted_at: z.int().nullable() });
const Accepted = z.object({ accepted: jsonText(z.array(z.tuple([z.string(), z.int()]))) });

export const isOpen = (status: ListedStatus): boolean =>
  openStatuses.some((open) => open === status);

/**
 * Open jobs, the last submitted first. D1 has those that are open for longer than usual; isolates list those that they
 * have accepted within the last minute. Each job is asked itself, so that a row is what is true now.
 */
export async function openRows(
  env: Env,
  filter: JobFilter,
  after: OpenPosition | null,
  limit: number,
): Promise<OpenPage> {
  const now = Date.now();
  const [tracked, accepted] = await Promise.all([
    select(env.DB, Tracked)`
      SELECT job_id, submitted_at FROM open_jobs WHERE ${trackedLike(filter, after)}
      ORDER BY coalesce(submitted_at, 0) DESC, job_id DESC LIMIT ${limit + 1}`,
    after ? [] : acceptedJobs(env.DB, now - acceptedMs, limit),
  ]);
  const page = tracked.slice(0, limit);
  const last = tracked.length > limit ? page.at(-1) : undefined;
  const ids = new Set([...accepted, ...page.map(({ job_id }) => job_id)]);
  const found = await Promise.all([...ids].map((id) => rowOf(env, id, now)));
  const rows = found
    .filter((row) => row !== null)
    .filter((row) => matches(row, filter))
    .toSorted((a, b) => b.submitted_at - a.submitted_at || (a.job_id < b.job_id ? 1 : -1));
  return {
    rows: rows.filter(({ status }) => isOpen(status)),
    ended: rows.filter(({ status }) => !isOpen(status)),
    next: last ? { submittedAt: last.submitted_at ?? 0, jobId: last.job_id } : null,
  };
}

/**
 * Jobs that may match. What changes while a job is open is as it was when it was tracked last, and unknown for one that
 * an earlier version tracked.
 */
function trackedLike(filter: JobFilter, after: OpenPosition | null): Fragment {
  const { q, user, model, provider, at_fault, region, from, to, code, status, stage } = filter;
  const place = raw("(coalesce(submitted_at, 0), job_id)");
  const known = allOf([
    ...equal({ user_id: user, model, error_code: code, provider: at_fault, stage, status }),
    ...(q ? [fragment`${q} IN (job_id, user_id, trace_id)`] : []),
    ...(provider
      ? [fragment`model IN (SELECT value FROM json_each(${JSON.stringify(modelsOf(provider))}))`]
      : []),
    ...(region ? [fragment`(region || ' ') LIKE ${`${region} %`}`] : []),
    ...(from === undefined ? [] : [fragment`submitted_at >= ${from}`]),
    ...(to === undefined ? [] : [fragment`submitted_at < ${to}`]),
  ]);
  return allOf([
    fragment`(status IS NULL OR ${known})`,
    ...(after ? [fragment`${place} < (${after.submittedAt}, ${after.jobId})`] : []),
  ]);
}

/** The jobs that isolates have accepted since a time, the last ones first. */
async function acceptedJobs(db: D1Database, since: number, limit: number): Promise<string[]> {
  const writers = await select(db, Accepted)`
    SELECT accepted FROM metric_writers WHERE seen_at > ${since}`;
  return writers
    .flatMap(({ accepted }) => accepted)
    .filter(([, at]) => at > since)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, limit)
    .map(([jobId]) => jobId);
}

/** A job as it is now; null for one that is deleted, or that cannot be reached. */
async function rowOf(env: Env, jobId: string, now: number): Promise<JobRow | null> {
  try {
    const state = await callJob(env, jobId, (job) => job.inspect());
    return state === notFound ? null : rowOfState(state, now);
  } catch (error) {
    log("warn", "job_list.job_unreachable", { job: jobId, error: String(error) });
    return null;
  }
}
