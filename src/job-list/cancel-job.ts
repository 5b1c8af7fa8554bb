import { callJob } from "../objects.ts";
import { listedStatusOf, type ListedStatus } from "../pipeline/job-status.ts";
import { notFound } from "../pipeline/refusals.ts";
import { log } from "../platform/log.ts";

interface Cancelled {
  job_id: string;
  status: ListedStatus | "not-found" | "unreachable";
}

/** Cancels a job for an operator. One that has ended stays as it is. */
export async function cancelJob(env: Env, jobId: string): Promise<Cancelled> {
  const of = (status: Cancelled["status"]) => ({ job_id: jobId, status });
  try {
    const before = await callJob(env, jobId, (job) => job.inspect());
    if (before === notFound) return of("not-found");
    const after = await callJob(env, jobId, (job) => job.stop());
    return of(after === notFound ? "not-found" : listedStatusOf(after, Date.now()));
  } catch (error) {
    log("error", "job.not_cancelled", { job: jobId, error: String(error) });
    return of("unreachable");
  }
}
