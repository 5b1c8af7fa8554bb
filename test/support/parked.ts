import { env } from "cloudflare:workers";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Submission } from "../../durable-objects/scan-job.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { aMessage, deliver, stageMessage } from "./messages.ts";
import { aSubmission, claimed, jobOf, outputs } from "./scans.ts";

export const failure = { code: "MODEL_UNAVAILABLE", message: "scripted" };

/** A job that is parked at a stage, with its dead letter noted. */
export async function aParkedJob(
  request: Partial<ScanRequest> = {},
  rest: Partial<Submission> = {},
  stage: StageName = "vision",
) {
  const submission = aSubmission(request, rest);
  const { jobId, userId } = submission;
  const job = jobOf(jobId);
  await job.submit(submission);
  if (stage === "answer") {
    for (const name of ["vision", "rule"] as const) {
      await job.complete(name, await claimed(job, name), outputs[name]);
    }
  }
  await failAgain(jobId, stage);
  return { job, jobId, stage, state: () => job.snapshot(userId) };
}

/** Uses up a stage's attempts, so that the job is parked, and its letter noted. */
export async function failAgain(jobId: string, stage: StageName): Promise<void> {
  const job = jobOf(jobId);
  for (let verdict = "retry"; verdict === "retry";) {
    const lease = await claimed(job, stage);
    ({ verdict } = await job.retrying(stage, lease, failure, { retryAfterMs: 0 }));
  }
  await deliver(`dlq-scan-${stage}`, [aMessage<unknown>(stageMessage(jobId, stage))]);
}

interface LetterRow {
  status: string;
  redrives: number;
  error_code: string;
  redrive_id: string | null;
  body: string | null;
  next_redrive_at: number;
}

/** The letter of a job, as it is noted. */
export const letterOf = (jobId: string, stage: StageName = "vision") =>
  env.DB.prepare("SELECT * FROM dead_letters WHERE id = ?")
    .bind(`${jobId}:${stage}`)
    .first<LetterRow>();
