import { env } from "cloudflare:workers";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Submission } from "../../durable-objects/scan-job.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { buildMessage, deliver, stageMessage } from "./queue-messages.ts";
import { buildSubmission, claimStage, jobOf, stageOutputs } from "./job-builders.ts";

export const failure = { code: "MODEL_UNAVAILABLE", message: "scripted" };

/** A job that is parked at a stage, with its dead letter noted. */
export async function buildParkedJob(
  request: Partial<ScanRequest> = {},
  rest: Partial<Submission> = {},
  stage: StageName = "vision",
) {
  const submission = buildSubmission(request, rest);
  const { jobId, userId } = submission;
  const job = jobOf(jobId);
  await job.submit(submission);
  if (stage === "answer") {
    for (const name of ["vision", "rule"] as const) {
      await job.complete(name, await claimStage(job, name), stageOutputs[name]);
    }
  }
  await exhaustAttempts(jobId, stage);
  return { job, jobId, stage, state: () => job.snapshot(userId) };
}

/** Uses up a stage's attempts, so that the job is parked, and its letter noted. */
export async function exhaustAttempts(jobId: string, stage: StageName): Promise<void> {
  const job = jobOf(jobId);
  for (let verdict = "retry"; verdict === "retry";) {
    const lease = await claimStage(job, stage);
    ({ verdict } = await job.retrying(stage, lease, failure, { retryAfterMs: 0 }));
  }
  await deliver(`dlq-scan-${stage}`, [buildMessage<unknown>(stageMessage(jobId, stage))]);
}

interface DeadLetterRow {
  status: string;
  redrives: number;
  error_code: string;
  redrive_id: string | null;
  body: string | null;
  next_redrive_at: number;
}

/** The letter of a job, as it is noted. */
export const deadLetterOf = (jobId: string, stage: StageName = "vision") =>
  env.DB.prepare("SELECT * FROM dead_letters WHERE id = ?")
    .bind(`${jobId}:${stage}`)
    .first<DeadLetterRow>();
