import { env } from "cloudflare:workers";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Submission } from "../../src/pipeline/submission.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { buildMessage, deliver, stageMessage } from "./queue-messages.ts";
import {
  buildSubmission,
  completeStages,
  jobOf,
  parkJob,
  stagesBefore,
  stateOf,
} from "./job-builders.ts";

/** A job that is parked at a stage, with its dead letter recorded. */
export async function buildParkedJob(
  request: Partial<ScanRequest> = {},
  rest: Partial<Submission> = {},
  stage: StageName = "vision",
) {
  const submission = buildSubmission(request, rest);
  const { jobId } = submission;
  const job = jobOf(jobId);
  await job.submit(submission);
  await completeStages(job, stagesBefore(stage));
  await exhaustAttempts(jobId, stage);
  return { job, jobId, stage, state: () => stateOf(job) };
}

/** Uses up a stage's attempts, which parks the job, and records its dead letter. */
export async function exhaustAttempts(jobId: string, stage: StageName): Promise<void> {
  const job = jobOf(jobId);
  await parkJob(job, stage);
  const { redrives = 0 } = (await stateOf(job)) ?? {};
  await deliver(`dlq-scan-${stage}`, [buildMessage<unknown>(stageMessage(jobId, stage, redrives))]);
}

interface DeadLetterRow {
  status: string;
  redrives: number;
  error_code: string;
  redrive_id: string | null;
  body: string | null;
  next_redrive_at: number;
}

/** The dead letter of a job. */
export const deadLetterOf = (jobId: string, stage: StageName = "vision") =>
  env.DB.prepare("SELECT * FROM dead_letters WHERE id = ?")
    .bind(`${jobId}:${stage}`)
    .first<DeadLetterRow>();
