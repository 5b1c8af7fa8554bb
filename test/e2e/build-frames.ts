import { unstated } from "../../src/pipeline/certainty.ts";
import type { DeltaFrame, EventFrame } from "../../src/pipeline/frames.ts";
import type { ResultBody } from "../../src/pipeline/result-body.ts";
import type { Checkpoints } from "../../src/pipeline/stages/stage-table.ts";
import type { Waiting } from "../../src/pipeline/waiting.ts";

type EventFields = Partial<EventFrame> & Pick<EventFrame, "seq" | "stage" | "status">;

const head = () => ({ job_id: "j", ts: new Date().toISOString(), progress: 0 });

/** The text of an event frame. */
export const frame = (fields: EventFields): string =>
  JSON.stringify({ ...head(), ...fields } satisfies EventFrame);

/** The text of a delta frame. */
export const delta = (offset: number, text: string): string =>
  JSON.stringify({
    ...head(),
    stage: "answer",
    status: "delta",
    result: { offset, text },
  } satisfies DeltaFrame);

/** The `seq` of an event frame; null for a delta frame. */
export function seqOf(text: string): number | null {
  const { seq }: Partial<EventFrame> = JSON.parse(text);
  return seq ?? null;
}

/** A snapshot with the reason why a scan waits. */
export const waitingSnapshot = (
  fields: Partial<Waiting> & Pick<Waiting, "reason" | "message">,
) => ({
  waiting: {
    stage: "vision",
    attempt: 0,
    max_attempts: 4,
    since: new Date().toISOString(),
    next_retry_at: null,
    next_redrive_at: null,
    paused: null,
    backlog: null,
    last_error: null,
    ...fields,
  } satisfies Waiting,
});

const visionResult: Checkpoints["vision"] = {
  classification: {
    major_category: "재활용폐기물",
    middle_category: "무색페트병",
    minor_category: null,
  },
  situation_tags: [],
  notice: null,
  ...unstated,
  regulation_version: "v1",
  calls: [],
};

/** The event after vision. */
export const visionCompleted = {
  stage: "vision",
  status: "completed",
  progress: 25,
  result: visionResult,
} as const;

/** The last event of a scan without a result. */
export function doneWithout(status: "failed" | "cancelled", error: ResultBody["error"]) {
  const result: ResultBody = {
    task_id: "j",
    status,
    message: "",
    pipeline_result: null,
    reward: null,
    reward_pending: false,
    reward_refusal: null,
    error,
    metadata: {
      model: "offline",
      fallbacks: [],
      usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0 },
      calls: [],
      stage_latencies_ms: {},
      regulation_version: null,
      regulation: null,
      region: null,
    },
  };
  return { stage: "done", status: "completed", progress: 100, result } as const;
}
