import type { DeltaFrame, EventFrame } from "../../src/pipeline/frames.ts";
import type { ResultBody } from "../../src/pipeline/result.ts";
import type { Checkpoints } from "../../src/pipeline/stages/stage-table.ts";
import type { Waiting } from "../../src/pipeline/waiting.ts";

type Told = Partial<EventFrame> & Pick<EventFrame, "seq" | "stage" | "status">;

const head = () => ({ job_id: "j", ts: new Date().toISOString(), progress: 0 });

/** An event as a stream says it. */
export const frame = (told: Told): string =>
  JSON.stringify({ ...head(), ...told } satisfies EventFrame);

/** Generated text as a stream says it. */
export const delta = (offset: number, text: string): string =>
  JSON.stringify({
    ...head(),
    stage: "answer",
    status: "delta",
    result: { offset, text },
  } satisfies DeltaFrame);

/** The seq of an event; null for generated text. */
export function seqOf(text: string): number | null {
  const { seq }: Partial<EventFrame> = JSON.parse(text);
  return seq ?? null;
}

/** A snapshot that says why a scan waits. */
export const waits = (told: Partial<Waiting> & Pick<Waiting, "reason" | "message">) => ({
  waiting: {
    stage: "vision",
    attempt: 0,
    max_attempts: 3,
    since: new Date().toISOString(),
    next_retry_at: null,
    next_redrive_at: null,
    paused: null,
    backlog: null,
    last_error: null,
    ...told,
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
  regulation_version: "v1",
  calls: [],
};

export const seen = {
  stage: "vision",
  status: "completed",
  progress: 25,
  result: visionResult,
} as const;

/** The end of a scan that gave nothing. */
export function ended(status: "failed" | "cancelled", error: ResultBody["error"]) {
  const result: ResultBody = {
    task_id: "j",
    status,
    message: "",
    pipeline_result: null,
    reward: null,
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
