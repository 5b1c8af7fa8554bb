import { env } from "cloudflare:workers";
import { recordDeadLetters } from "../../src/dead-letters/store.ts";
import { readEvents } from "../support/api.ts";
import { aSubmission, jobOf } from "../support/scans.ts";
import { as, asked, aUser } from "./driving.ts";

/** A user's scan that has ended. */
export async function aFinished(): Promise<{ jobId: string; user: string }> {
  const [submission, user] = [aSubmission(), aUser()];
  const { jobId } = submission;
  await jobOf(jobId).submit({ ...submission, userId: user });
  await readEvents(await asked("streamScan", { path: { id: jobId }, headers: as(user) }));
  return { jobId, user };
}

/** A user's scan that is parked, with its letter noted: before its queue could begin it. */
export async function aParked(): Promise<{ jobId: string; user: string }> {
  for (;;) {
    const [submission, user] = [aSubmission({ model: "gpt-5.2" }), aUser()];
    const { jobId } = submission;
    await jobOf(jobId).submit({ ...submission, userId: user });
    const letter = await jobOf(jobId).park("vision");
    // One that its queue was faster with fails by itself.
    if (letter === null || letter === "gone") continue;
    await recordDeadLetters(env.DB, [letter]);
    return { jobId, user };
  }
}
