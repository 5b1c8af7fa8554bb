import { z } from "zod";
import { Failure, ResultBody } from "../pipeline/result-body.ts";
import { body } from "./openapi/response-bodies.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";

const time = z.iso.datetime();
const progress = z.int().min(0).max(100).describe("Percent.");
const message = z.string().describe("For residents, in Korean.");

const { metadata, pipeline_result } = ResultBody.shape;

export const snapshot = {
  job_id: z.string(),
  traceparent: z.string(),
  status: z.enum(["queued", "running", "parked", "completed", "failed", "cancelled"]),
  stage: StageName,
  progress,
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
    .describe("The output of the stages that have completed."),
};

export const links = {
  stream_url: z.string(),
  ws_url: z.string(),
  result_url: z.string(),
};

export const Pending = body("PendingResult", "A scan that has not ended.", {
  status: z.enum(["processing", "parked"]),
  message,
  current_stage: StageName,
  progress,
  attempt: z.int(),
  next_retry_at: time.nullable(),
  last_error: Failure.nullable(),
});
