import type { ScanJob } from "../durable-objects/scan-job.ts";
import { isObjectReset } from "./pipeline/errors.ts";

const tries = 4;
const baseMs = 50;

/**
 * Calls a job's object. A deploy or a move resets objects and breaks their stubs, so a passing
 * failure is met with a fresh stub after a jittered wait; every method of the job may be repeated.
 */
export async function callJob<Reply extends Promise<unknown>>(
  { SCAN_JOB }: Pick<Env, "SCAN_JOB">,
  jobId: string,
  call: (job: DurableObjectStub<ScanJob>) => Reply,
): Promise<Awaited<Reply>> {
  for (let tried = 1; ; tried++) {
    try {
      return await call(SCAN_JOB.getByName(jobId));
    } catch (error) {
      if (tried === tries || !isObjectReset(error)) throw error;
      await scheduler.wait(Math.random() * baseMs * 2 ** tried);
    }
  }
}
