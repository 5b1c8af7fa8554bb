import { z } from "zod";
import { FailureCode } from "./failure-codes.ts";
import type { JobEvent } from "./job-events.ts";
import type { JobState } from "./job.ts";
import { resultOf } from "./result.ts";
import { withoutWords } from "./without-words.ts";
import { stageNames } from "./stages/stage-table.ts";
import { iso } from "../platform/iso.ts";

/** The stages of frames, which name the SSE events, too. */
export const frameStages = ["queued", ...stageNames, "done"] as const;

const head = { job_id: z.string(), ts: z.iso.datetime(), stage: z.enum(frameStages) };

/** One event on a stream: SSE `data:` and WebSocket text alike. Times are ISO 8601. */
export const EventFrame = z.object({
  ...head,
  seq: z.int().nonnegative(),
  status: z.enum([
    "started",
    "completed",
    "retrying",
    "failed",
    "parked",
    "resumed",
    "cancelled",
    "confirmed",
  ]),
  progress: z.int().min(0).max(100),
  attempt: z.int().optional(),
  /** A stage's output, or on `done` the whole result body. */
  result: z.looseObject({}).optional(),
  error: z
    .object({ code: FailureCode, message: z.string(), retry_at: z.string().optional() })
    .optional(),
  /** What a stage waits for that is tried again: its backoff, a provider that answers, or the end of a pause. */
  waits_for: z.enum(["retry", "provider", "pause"]).optional(),
  traceparent: z.string().optional(),
});
export type EventFrame = z.infer<typeof EventFrame>;

/**
 * Partial text of a stage. It is no event: it has no seq, and is not replayed. It replaces the text from
 * `offset` on, in UTF-16 code units.
 */
export const DeltaFrame = z.object({
  ...head,
  status: z.literal("delta"),
  progress: z.int().min(0).max(100),
  result: z.object({ offset: z.int().nonnegative(), text: z.string() }),
});
export type DeltaFrame = z.infer<typeof DeltaFrame>;

export const Frame = z.discriminatedUnion("status", [EventFrame, DeltaFrame]);
export type Frame = z.infer<typeof Frame>;

/** A pause without a notice. Its reason is for operators. */
const stagePaused = "The stage is paused.";

/** The frame of an event; `state` is the job's state after it. */
export function frameOf(event: JobEvent, state: JobState): EventFrame {
  return {
    job_id: state.jobId,
    seq: event.seq,
    ts: iso(event.at),
    ...contentOf(event, state),
    progress: state.progress,
    traceparent: state.traceparent,
  };
}

type Content = Pick<EventFrame, "stage" | "status" | "attempt" | "result" | "error" | "waits_for">;

function contentOf(event: JobEvent, state: JobState): Content {
  switch (event.type) {
    case "queued":
      return { stage: "queued", status: "started" };
    case "started":
      return { stage: event.stage, status: "started", attempt: event.attempt };
    case "completed":
      return { stage: event.stage, status: "completed", result: event.output };
    case "retrying": {
      const retry_at = iso(event.retryAt);
      return {
        stage: event.stage,
        status: "retrying",
        attempt: event.attempt,
        error: { ...event.error, retry_at },
        waits_for: event.budget === "wait" ? "provider" : "retry",
      };
    }
    case "postponed": {
      const retry_at = iso(event.until);
      const error = { code: "STAGE_PAUSED", message: event.notice ?? stagePaused, retry_at };
      const { attempt } = state;
      return { stage: event.stage, status: "retrying", attempt, error, waits_for: "pause" };
    }
    case "parked":
    case "failed":
      return { stage: event.stage, status: event.type, error: event.error };
    case "resumed":
    case "cancelled":
      return { stage: event.stage, status: event.type };
    case "confirmed": {
      const { vision: seen } = state.checkpoints;
      return { stage: "vision", status: "confirmed", ...(seen && { result: seen }) };
    }
    case "steps_done": {
      const { answer } = state.checkpoints;
      return { stage: "answer", status: "completed", ...(answer && { result: answer }) };
    }
    case "done": {
      const result = resultOf(state);
      return { stage: "done", status: "completed", ...(result && { result }) };
    }
  }
}

/** What an operator sees of an event: neither the outputs of stages, nor what quotes the resident's words. */
export function withoutContent(whole: EventFrame, words: string | null): EventFrame {
  const { result: _, ...frame } = whole;
  return frame.error
    ? { ...frame, error: { ...frame.error, ...withoutWords(words).failure(frame.error) } }
    : frame;
}

/** The frame of `text` from `offset` on. */
export const deltaOf = (
  { jobId, stage, progress }: JobState,
  text: string,
  offset: number,
  at: number,
): DeltaFrame => ({
  job_id: jobId,
  ts: iso(at),
  stage,
  status: "delta",
  progress,
  result: { offset, text: text.slice(offset) },
});
