import { callJob } from "../objects.ts";
import { listedStatusOf, type ListedStatus } from "../pipeline/job-status.ts";
import { notFound } from "../pipeline/refusals.ts";
import { log } from "../platform/log.ts";

interface Cancelled {
  job_id: string;
  status: ListedStatus | "not-found" | "unreachable";
  /** Whether this call has cancelled it. */
  changed: boolean;
}

/** Cancels a job for an operator. One that has ended stays as it is. */
export async function cancelJob(env: Env, jobId: string): Promise<Cancelled> {
  const of = (status: Cancelled["status"], changed = false) => ({
    job_id: jobId,
    status,
    changed,
  });
  try {
    const reply = await callJob(env, jobId, (job) => job.stop());
    if (reply === notFound) return of("not-found");
    return of(listedStatusOf(reply.state, Date.now()), reply.changed);
  } catch (error) {
    log("error", "job.not_cancelled", { job: jobId, error: String(error) });
    return of("unreachable");
  }
}
