import type { ScanJob } from "../durable-objects/scan-job.ts";
import type { UserAccount } from "../durable-objects/user-account.ts";
import { isObjectReset } from "./pipeline/errors.ts";

const tries = 4;
const baseMs = 50;

/**
 * Calls an object. A deploy or a move resets objects and breaks their stubs, so a passing failure is
 * met with a fresh stub after a jittered wait; every method may be repeated.
 */
async function callObject<Stub, Reply extends Promise<unknown>>(
  stubOf: () => Stub,
  call: (object: Stub) => Reply,
): Promise<Awaited<Reply>> {
  for (let tried = 1; ; tried++) {
    try {
      return await call(stubOf());
    } catch (error) {
      if (tried === tries || !isObjectReset(error)) throw error;
      await scheduler.wait(Math.random() * baseMs * 2 ** tried);
    }
  }
}

/** Calls a job's object. */
export const callJob = <Reply extends Promise<unknown>>(
  { SCAN_JOB }: Pick<Env, "SCAN_JOB">,
  jobId: string,
  call: (job: DurableObjectStub<ScanJob>) => Reply,
): Promise<Awaited<Reply>> => callObject(() => SCAN_JOB.getByName(jobId), call);

/** Calls a user's object. */
export const callAccount = <Reply extends Promise<unknown>>(
  { USER_ACCOUNT }: Pick<Env, "USER_ACCOUNT">,
  userId: string,
  call: (account: DurableObjectStub<UserAccount>) => Reply,
): Promise<Awaited<Reply>> => callObject(() => USER_ACCOUNT.getByName(userId), call);
