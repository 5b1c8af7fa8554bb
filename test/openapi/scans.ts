import { env } from "cloudflare:workers";
import { recordDeadLetters } from "../../src/dead-letters/store.ts";
import { readSse } from "../support/worker-requests.ts";
import { buildSubmission, jobOf } from "../support/job-builders.ts";
import { as, asked, aUser } from "./driving.ts";

/** A user's scan that has ended. */
export async function aFinished(): Promise<{ jobId: string; user: string }> {
  const [submission, user] = [buildSubmission(), aUser()];
  const { jobId } = submission;
  await jobOf(jobId).submit({ ...submission, userId: user });
  await readSse(await asked("streamScan", { path: { id: jobId }, headers: as(user) }));
  return { jobId, user };
}

/** A user's scan that is parked, with its letter noted: before its queue could begin it. */
export async function aParked(): Promise<{ jobId: string; user: string }> {
  for (;;) {
    const [submission, user] = [buildSubmission({ model: "gpt-5.2" }), aUser()];
    const { jobId } = submission;
    await jobOf(jobId).submit({ ...submission, userId: user });
    const letter = await jobOf(jobId).park("vision");
    // One that its queue was faster with fails by itself.
    if (typeof letter === "string") continue;
    await recordDeadLetters(env.DB, [letter]);
    return { jobId, user };
  }
}
