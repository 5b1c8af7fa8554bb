import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import { type Span, timelineOf, totalsOf } from "../../web/ops/jobs/job-timeline.ts";
import { timeAxisOf } from "../../web/ops/jobs/time-axis.ts";

type EventFields = Partial<EventFrame> & Pick<EventFrame, "stage" | "status">;

/** Events at seconds from the beginning. */
const events = (...timed: [second: number, fields: EventFields][]): EventFrame[] =>
  timed.map(([second, fields], seq) =>
    Object.assign(
      { job_id: "j", seq, progress: 0, ts: new Date(second * 1000).toISOString() },
      fields,
    ),
  );

const queued: EventFields = { stage: "queued", status: "started" };
const started = (stage: EventFields["stage"], attempt = 1): EventFields => ({
  stage,
  status: "started",
  attempt,
});
const completed = (stage: EventFields["stage"]): EventFields => ({ stage, status: "completed" });
const failed = (
  status: "retrying" | "parked",
  waits_for?: EventFrame["waits_for"],
): EventFields => ({
  stage: "vision",
  status,
  error: { code: "MODEL_UNAVAILABLE", message: "scripted" },
  ...(waits_for && { waits_for }),
});
const call = (attempt: number, cost_usd: number, stage: "vision" | "answer" = "vision") => ({
  stage,
  attempt,
  provider: "openai",
  model: "gpt-5.2",
  input_tokens: 1,
  output_tokens: 1,
  cost_usd,
  reused: false,
  error: null,
});

/** A span as text. */
const textOf = (span: Span): string =>
  span.type === "moment"
    ? span.what
    : span.type === "call"
      ? `call ${span.call.model} ${span.from} ${lengthOf(span)}`
      : span.type === "wait"
        ? `${span.what} ${span.stage} ${lengthOf(span)}`
        : `${span.stage}#${span.attempt} ${span.outcome} ${lengthOf(span)} $${costOf(span)}`;
const lengthOf = ({ from, to }: { from: number; to: number | null }) =>
  to === null ? "…" : (to - from) / 1000;
const costOf = ({ calls }: { calls: { cost_usd: number }[] }) =>
  calls.reduce((sum, { cost_usd }) => sum + cost_usd, 0);

const withoutCalls = (spans: readonly Span[]) => spans.filter(({ type }) => type !== "call");

describe("timelineOf", () => {
  it("has waits and attempts, and no wait between the stages of a hop", () => {
    const frames = events(
      [0, queued],
      [2, started("vision")],
      [5, completed("vision")],
      [5, started("rule")],
      [6, completed("rule")],
      [8, started("answer")],
      [9, completed("answer")],
      [9, started("reward")],
      [10, completed("reward")],
      [10, { stage: "done", status: "completed" }],
    );
    const spans = timelineOf(frames, [call(1, 3), call(1, 4, "answer")]);
    expect(withoutCalls(spans).map(textOf)).toEqual([
      "submitted",
      "queue vision 2",
      "vision#1 completed 3 $3",
      "rule#1 completed 1 $0",
      "queue answer 2",
      "answer#1 completed 1 $4",
      "reward#1 completed 1 $0",
      "done",
    ]);
  });

  it("has each attempt with its error and cost, the waits in between, and the redrive", () => {
    const frames = events(
      [0, queued],
      [1, started("vision", 1)],
      [2, failed("retrying")],
      [5, started("vision", 2)],
      [6, failed("parked")],
      [66, { stage: "vision", status: "resumed" }],
      [67, started("vision", 1)],
    );
    const spans = timelineOf(frames, [call(1, 1), call(1, 2), call(2, 3), call(1, 5)]);
    expect(withoutCalls(spans).map(textOf)).toEqual([
      "submitted",
      "queue vision 1",
      "vision#1 retrying 1 $3",
      "retry vision 3",
      "vision#2 parked 1 $3",
      "parked vision 60",
      "redriven",
      "queue vision 1",
      "vision#1 running … $5",
    ]);
    expect(totalsOf(spans, 70_000)).toEqual({
      running: 5_000,
      calls: 0,
      provider: 0,
      queue: 2_000,
      retry: 3_000,
      paused: 0,
      parked: 60_000,
    });
  });

  it("distinguishes a pause from a failed attempt", () => {
    const frames = events([0, queued], [1, failed("retrying", "pause")], [4, started("vision")]);
    expect(timelineOf(frames).map(textOf)).toEqual([
      "submitted",
      "queue vision 1",
      "paused vision 3",
      "vision#1 running … $0",
    ]);
  });

  it("names the wait for a provider, which uses up no attempt", () => {
    const frames = events(
      [0, queued],
      [1, started("vision")],
      [2, failed("retrying", "provider")],
      [9, started("vision")],
    );
    const spans = timelineOf(frames);
    expect(spans.map(textOf).slice(2)).toEqual([
      "vision#1 postponed 1 $0",
      "provider vision 7",
      "vision#1 running … $0",
    ]);
    expect(totalsOf(spans, 9_000)).toMatchObject({ provider: 7_000, retry: 0 });
  });

  it("has each call at its own time behind its attempt, and one without times at its beginning", () => {
    const at = { started_at: new Date(1_250).toISOString(), duration_ms: 567 };
    const frames = events([0, queued], [1, started("vision")], [2, completed("vision")]);
    const spans = timelineOf(frames, [call(1, 0), { ...call(1, 3), ...at }]);
    expect(spans.map(textOf).slice(3)).toEqual([
      "call gpt-5.2 1000 0",
      "call gpt-5.2 1250 0.567",
      "queue rule …",
    ]);
    expect(totalsOf(spans, 2_000)).toMatchObject({ running: 1_000, calls: 567 });
    expect(timeAxisOf(spans, 4_000)).toMatchObject({ from: 0, to: 4_000 });
  });

  it("is drawn to scale, but for waits that would hide the attempts", () => {
    const frames = events([0, queued], [2, started("vision")], [6, failed("parked")]);
    const spans = timelineOf(frames);
    const soon = timeAxisOf(spans, 16_000);
    expect(spans.some(soon.isShortened)).toBe(false);
    expect([0, 2_000, 6_000, 16_000].map(soon.placeOf)).toEqual([0, 2 / 16, 6 / 16, 1]);
    // An hour later the wait is as long as the attempt.
    const later = timeAxisOf(spans, 3_606_000);
    expect(spans.filter(later.isShortened).map(textOf)).toEqual(["parked vision …"]);
    const places = [0, 2_000, 6_000, 1_806_000, 3_606_000].map(later.placeOf);
    for (const [nth, place] of [0, 2 / 10, 6 / 10, 8 / 10, 1].entries()) {
      expect(places[nth]).toBeCloseTo(place);
    }
    // A scan that was never tried only waits.
    const waiting = timelineOf(events([0, queued]));
    expect(waiting.some(timeAxisOf(waiting, 3_600_000).isShortened)).toBe(false);
  });

  it("marks an attempt as lost when the next one starts without its end", () => {
    const frames = events([0, queued], [1, started("vision", 1)], [91, started("vision", 2)]);
    expect(timelineOf(frames).map(textOf)).toEqual([
      "submitted",
      "queue vision 1",
      "vision#1 lost 90 $0",
      "vision#2 running … $0",
    ]);
  });

  it.each(["failed", "cancelled"] as const)("ends the attempt when the job is %s", (status) => {
    const frames = events(
      [0, queued],
      [1, started("vision")],
      [3, { stage: "vision", status }],
      [3, { stage: "done", status: "completed" }],
    );
    expect(timelineOf(frames).map(textOf).slice(2)).toEqual([
      `vision#1 ${status} 2 $0`,
      status,
      "done",
    ]);
  });

  it("is empty without events", () => expect(timelineOf([])).toEqual([]));
});
