import { z } from "zod";
import type { LogStores } from "../events/read-log.ts";
import { isOpen, type OpenPosition, openRows } from "./open-rows.ts";
import { endedRows } from "./ended-rows.ts";
import { jobFilter } from "./job-filter.ts";
import type { JobRow } from "./job-row.ts";

/** `open:` and the last open job of the page before, or `log:` and a cursor of the event log. */
const cursorForm = /^(?:open:(\d+):([\w-]+)|log:(\d+))$/;

export const JobQuery = z.strictObject({
  ...jobFilter,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .regex(cursorForm, { error: "is not a cursor that was given out" })
    .optional()
    .describe("The `next_cursor` of the page before."),
});
export type JobQuery = z.output<typeof JobQuery>;

interface JobPage {
  jobs: JobRow[];
  next_cursor: string | null;
  /** Unix ms. */
  read_to: number | null;
}

const fromNow = Number.MAX_SAFE_INTEGER;

/** A page of jobs: those that are open, the last submitted first, then those that have ended, the last ended first. */
export async function listJobs(
  env: Env & LogStores,
  { cursor, limit, ...filter }: JobQuery,
): Promise<JobPage> {
  const [, submittedAt, jobId = "", logCursor] = cursorForm.exec(cursor ?? "") ?? [];
  if (logCursor !== undefined) {
    return pageOf([], [], await endedRows(env, filter, Number(logCursor), limit));
  }
  const after: OpenPosition | null =
    submittedAt === undefined ? null : { submittedAt: Number(submittedAt), jobId };
  const wantsEnded = filter.status && !isOpen(filter.status);
  const { rows, ended, next } = wantsEnded ? noneOpen : await openRows(env, filter, after, limit);
  if (next) {
    return { jobs: rows, next_cursor: `open:${next.submittedAt}:${next.jobId}`, read_to: null };
  }
  if (filter.at_fault || (filter.status && isOpen(filter.status))) return pageOf(rows, [], nothing);
  const page = await endedRows(env, filter, fromNow, Math.max(1, limit - rows.length));
  return pageOf(rows, ended, page);
}

const noneOpen = { rows: [], ended: [], next: null };
const nothing = { rows: [], before: null, readTo: null };

function pageOf(
  open: readonly JobRow[],
  justEnded: readonly JobRow[],
  { rows, before, readTo }: Awaited<ReturnType<typeof endedRows>>,
): JobPage {
  const listed = new Set(rows.map(({ job_id }) => job_id));
  // The event of an end is in the log a second after it.
  const early = justEnded.filter(({ job_id }) => !listed.has(job_id));
  const openIds = new Set(open.map(({ job_id }) => job_id));
  // A job that its resident has confirmed is open again.
  const ended = [...early, ...rows].filter(({ job_id }) => !openIds.has(job_id));
  return {
    jobs: [...open, ...ended],
    next_cursor: before === null ? null : `log:${before}`,
    read_to: readTo,
  };
}
