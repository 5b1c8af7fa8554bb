import { z } from "zod";
import { headOfJob } from "../../events/job-heads.ts";
import { callJob } from "../../objects.ts";
import type { JobContent } from "../../pipeline/job-content.ts";
import { notFound } from "../../pipeline/refusals.ts";
import { raw, select } from "../../platform/sql.ts";
import { knownJobId, resultNotFound } from "../job-id.ts";
import { Problem } from "../problem.ts";

const Head = z.object({ last_seq: z.int().nullable() });

/** Of any user: an operator sees all scans. */
const noSuchScan = () => resultNotFound("No scan has this id.");

/** The id in an operator's path; what cannot be one is a scan that does not exist. */
export const scanIdIn = (text: string | undefined): string => knownJobId(text, noSuchScan);

/** What a job's object answers. Throws the problem of one that was purged, or erased, or that never was. */
export async function requireReply<Reply>(
  { DB }: Env,
  jobId: string,
  reply: Reply | typeof notFound,
): Promise<Reply> {
  if (reply !== notFound) return reply;
  const [head] = await select(DB, Head)`
    SELECT ${raw(headOfJob("asked.id"))} AS last_seq FROM (SELECT ${jobId} AS id) AS asked`;
  if (head?.last_seq == null) throw noSuchScan();
  throw new Problem(
    "SCAN_PURGED",
    "It was deleted an hour after the scan's end, or with its resident's data. The event log has its outcome.",
  );
}

/** The content of a job; throws the problem of one that holds nothing any more. */
export const requireContent = async (env: Env, jobId: string): Promise<JobContent> =>
  requireReply(env, jobId, await callJob(env, jobId, (job) => job.content()));
