import { DeltaFrame, EventFrame, Frame as AnyFrame } from "../src/pipeline/frames.ts";
import { answers } from "./components.ts";
import { jobId, traceId } from "./scan-examples.ts";

answers(
  "EventFrame",
  EventFrame,
  "One thing that happened to a scan, numbered from 0 without gaps. `done` is the last one, said once " +
    "and only when the result is readable, after a failure and a cancellation too: read `result.status`.",
  {
    stage: "What it speaks of, and what the SSE event is named after.",
    ts: "When it happened.",
    seq: "Its place: the SSE event's id, and the cursor to go on from.",
    result: "A stage's output, or on `done` the whole result body.",
  },
);
answers(
  "DeltaFrame",
  DeltaFrame,
  "Text of the answer while it is generated. It has no `seq` and is not replayed; who connects late gets " +
    "the text so far as one.",
  { result: "The text belongs at `offset`, in UTF-16 code units, and replaces what was there." },
);

/** What a stream says: SSE `data:` and WebSocket text alike. */
export const Frame = answers("Frame", AnyFrame, "SSE `data:` and WebSocket text alike.");

const head = { job_id: jobId, traceparent: traceId };

/** One frame each. */
export const frames = {
  "a stage has completed": {
    ...head,
    seq: 2,
    ts: "2026-11-22T11:34:27.780Z",
    stage: "vision",
    status: "completed",
    progress: 25,
    result: {
      classification: {
        major_category: "재활용폐기물",
        middle_category: "무색페트병",
        minor_category: "투명 페트병",
      },
      situation_tags: ["비닐_라벨_완전_제거됨", "세척_완료"],
      notice: null,
      regulation_version: "a5eb5bc1b194",
      calls: [],
    },
  },
  "an attempt is repeated": {
    ...head,
    seq: 6,
    ts: "2026-11-22T11:34:29.001Z",
    stage: "answer",
    status: "retrying",
    progress: 50,
    attempt: 1,
    error: {
      code: "MODEL_UNAVAILABLE",
      message: "The model gpt-5.2 did not answer.",
      retry_at: "2026-11-22T11:34:31.001Z",
    },
  },
  "the answer grows": {
    job_id: jobId,
    ts: "2026-11-22T11:34:27.900Z",
    stage: "answer",
    status: "delta",
    progress: 50,
    result: { offset: 12, text: "라벨을 떼어 " },
  },
};
