import { z } from "zod";
import { ResultBody } from "../src/pipeline/result.ts";
import { StageName } from "../src/pipeline/stages/stage-table.ts";
import { answers } from "./components.ts";

const time = z.iso.datetime();
export const Failure = answers(
  "Failure",
  z.object({ code: z.string(), message: z.string() }),
  "What went wrong: a stable code and an English sentence.",
);

/** The result, whose schema the pipeline itself reads by. */
export const Result = answers(
  "ScanResult",
  ResultBody,
  "What a scan came to. `pipeline_result` is null when it failed or was cancelled, and `reward` when " +
    "no character was given.",
);
const { metadata, pipeline_result } = Result.shape;
answers("PipelineResult", pipeline_result.unwrap(), "What the stages have produced.");
answers("ScanMetadata", metadata, "Models, costs, times and the regulation's version.", {
  model: "The model that was asked for.",
  fallbacks: "The models that answered in its place, and why.",
  calls: "Every model call, failed ones and reused answers too, oldest first.",
  stage_latencies_ms: "Milliseconds each finished stage took, retries and waits included.",
  regulation: "The document that the rule is from.",
  region: "Whose local rules were asked for and applied; null when none were asked for.",
});

/** What is known of a scan, ended or not. */
export const snapshot = {
  job_id: z.string(),
  traceparent: z.string(),
  status: z.enum(["queued", "running", "parked", "completed", "failed", "cancelled"]),
  stage: StageName,
  progress: z.int().min(0).max(100).meta({ description: "Percent." }),
  attempt: z.int(),
  max_attempts: z.int(),
  last_error: Failure.nullable(),
  next_retry_at: time.nullable(),
  model: z.string(),
  usage: metadata.shape.usage,
  calls: metadata.shape.calls,
  submitted_at: time,
  ended_at: time.nullable(),
  stages: z.array(
    z.object({
      stage: StageName,
      status: z.enum([
        "pending",
        "waiting",
        "queued",
        "running",
        "parked",
        "completed",
        "failed",
        "cancelled",
      ]),
      attempts: z.int(),
      started_at: time.nullable(),
      completed_at: time.nullable(),
    }),
  ),
  partial_result: pipeline_result
    .unwrap()
    .partial()
    .meta({ description: "What the finished stages have produced so far." }),
};

/** Where a scan is followed. */
export const links = {
  stream_url: z.string(),
  ws_url: z.string(),
  result_url: z.string(),
};

export const Waiting = answers(
  "Waiting",
  z.object({
    reason: z.enum(["queued", "retry", "paused", "parked"]),
    message: z.string().meta({ description: "For residents, in Korean." }),
    stage: StageName,
    attempt: z.int(),
    max_attempts: z.int(),
    since: time,
    next_retry_at: time.nullable(),
    next_redrive_at: time.nullable(),
    paused: z
      .object({ by: z.string(), reason: z.string(), since: time, until: time.nullable() })
      .nullable(),
    backlog: z.object({ messages: z.int(), oldest_age_s: z.int().nullable() }).nullable(),
    last_error: Failure.nullable(),
  }),
  "Why a scan waits.",
);

export const Pending = answers(
  "PendingResult",
  z.object({
    status: z.enum(["processing", "parked"]),
    message: z.string().meta({ description: "For residents, in Korean." }),
    current_stage: StageName,
    progress: z.int().min(0).max(100).meta({ description: "Percent." }),
    attempt: z.int(),
    next_retry_at: time.nullable(),
    last_error: Failure.nullable(),
  }),
  "A scan that has not ended.",
);
