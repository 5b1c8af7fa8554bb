import { env } from "cloudflare:workers";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import { readSse } from "../support/worker-requests.ts";
import {
  parkJob,
  buildSubmission,
  completeUnclear,
  jobOf,
  stateOf,
} from "../support/job-builders.ts";
import { as, asked, aUser } from "./driving.ts";

/** A user's scan that has ended. */
export async function aFinished(words = "생수병"): Promise<{ jobId: string; user: string }> {
  const [submission, user] = [buildSubmission({ user_input: words }), aUser()];
  const { jobId } = submission;
  await jobOf(jobId).submit({ ...submission, userId: user });
  await readSse(await asked("streamScan", { path: { id: jobId }, headers: as(user) }));
  return { jobId, user };
}

/** A user's scan that has ended and asks which of two classes it is. */
export async function anAsked(): Promise<{ jobId: string; user: string }> {
  for (;;) {
    const [submission, user] = [buildSubmission({ model: "gpt-5.2" }), aUser()];
    const job = jobOf(submission.jobId);
    await job.submit({ ...submission, userId: user });
    // One that its queue was faster with fails by itself.
    await completeUnclear(job).catch(() => null);
    if ((await stateOf(job))?.status === "completed") return { jobId: submission.jobId, user };
  }
}

/** A user's scan that is parked before its queue begins it, with its dead letter recorded. */
export async function aParked(): Promise<{ jobId: string; user: string }> {
  for (;;) {
    const [submission, user] = [buildSubmission({ model: "gpt-5.2" }), aUser()];
    const { jobId } = submission;
    await jobOf(jobId).submit({ ...submission, userId: user });
    // One that its queue was faster with fails by itself.
    await parkJob(jobOf(jobId), "vision").catch(() => null);
    const deadLetter = await jobOf(jobId).park("vision");
    if (typeof deadLetter === "string") continue;
    await recordStageDeadLetters(env.DB, [deadLetter]);
    return { jobId, user };
  }
}
