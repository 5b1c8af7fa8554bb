import { describe, expect, it } from "vitest";
import type { EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { type JobState, reduce, replay } from "../../src/pipeline/job.ts";
import { listedStatusOf } from "../../src/pipeline/job-status.ts";
import { waitingOf } from "../../src/pipeline/waiting.ts";
import { buildSubmission, stageOutputs } from "../support/job-builders.ts";

const error = { code: "MODEL_RATE_LIMITED", message: "429" };
const nothing = { pause: null, backlog: null };

/** The state of a job at 10 s, 1 s after each of these. */
function after(...drafts: EventDraft[]): JobState {
  const queued: JobEvent = { type: "queued", seq: 0, at: 9_000, ...buildSubmission() };
  let state = replay([queued]);
  for (const draft of drafts) state = reduce(state, { ...draft, seq: 1, at: 9_000 });
  if (!state) throw new Error("There is a job");
  return state;
}

const started: EventDraft = {
  type: "started",
  stage: "vision",
  attempt: 1,
  lease: "a",
};
const retrying: EventDraft = {
  type: "retrying",
  budget: "attempt",
  stage: "vision",
  attempt: 1,
  error,
  retryAt: 17_000,
  calls: [],
};
const parked: EventDraft = { type: "parked", stage: "vision", error, calls: [] };

describe("a scan", () => {
  it("does not wait while it runs, or after its end", () => {
    expect(waitingOf(after(started), nothing, 10_000)).toBeNull();
    const cancelled: EventDraft = { type: "cancelled", stage: "vision" };
    expect(waitingOf(after(cancelled, { type: "done" }), nothing, 10_000)).toBeNull();
  });

  it("shows the backlog and its age while it is queued", () => {
    const backlog = { messages: 4, oldestAt: 3_000 };
    expect(waitingOf(after(), { pause: null, backlog }, 10_000)).toMatchObject({
      reason: "queued",
      message: expect.stringContaining("3건"),
      stage: "vision",
      attempt: 0,
      max_attempts: 4,
      since: "1970-01-01T00:00:09.000Z",
      backlog: { messages: 4, oldest_age_s: 7 },
    });
  });

  it("shows the time, attempt and reason while it waits for a retry", () => {
    expect(waitingOf(after(started, retrying), nothing, 12_000)).toMatchObject({
      reason: "retry",
      attempt: 1,
      since: "1970-01-01T00:00:09.000Z",
      next_retry_at: "1970-01-01T00:00:17.000Z",
      last_error: error,
    });
  });

  it("says that it waits for a provider, since when, and not for its turn, until one can be called", () => {
    const state = after(started, { ...retrying, budget: "wait", retryAt: 12_000 });
    const waits = { reason: "provider", since: "1970-01-01T00:00:09.000Z", last_error: error };
    expect(waitingOf(state, nothing, 11_000)).toMatchObject({
      ...waits,
      next_retry_at: "1970-01-01T00:00:12.000Z",
    });
    const backlog = { messages: 4, oldestAt: 3_000 };
    expect(waitingOf(state, { pause: null, backlog }, 13_000)).toMatchObject({
      ...waits,
      message: expect.stringContaining("AI 모델"),
      next_retry_at: null,
    });
  });

  it("waits for a retry when its last attempt failed, though it had to wait for a provider before", () => {
    const waited: EventDraft = { ...retrying, budget: "wait", retryAt: 9_500 };
    const state = after(started, waited, started, retrying);
    expect(listedStatusOf(after(started, waited), 10_000)).toBe("waiting");
    expect(listedStatusOf(state, 10_000)).toBe("retrying");
    expect(waitingOf(state, nothing, 10_000)).toMatchObject({ reason: "retry" });
  });

  it("shows the notice of the pause of its stage and until when, and nothing of operators", () => {
    const pause = {
      by: "kim",
      reason: "점검",
      notice: "모델 점검 중이에요.",
      since: 5_000,
      until: 60_000,
    };
    expect(waitingOf(after(), { pause, backlog: null }, 10_000)).toMatchObject({
      reason: "paused",
      paused: { notice: "모델 점검 중이에요.", until: "1970-01-01T00:01:00.000Z" },
    });
  });

  it("shows the next redrive while it is parked", () => {
    expect(waitingOf(after(started, parked), nothing, 10_000)).toMatchObject({
      reason: "parked",
      next_redrive_at: "1970-01-01T00:05:00.000Z",
      last_error: error,
    });
  });

  it("shows that an operator looks at it when its redrives are used up", () => {
    const again: EventDraft[] = [1, 2, 3].flatMap((decision): EventDraft[] => [
      { type: "resumed", automatic: true, stage: "vision", decision: String(decision) },
      parked,
    ]);
    const state = after(started, parked, ...again);
    expect(state.redrives).toBe(3);
    expect(waitingOf(state, nothing, 10_000)).toMatchObject({
      reason: "parked",
      next_redrive_at: null,
      message: expect.stringContaining("담당자"),
    });
  });

  it("still waits for an automatic redrive when those before were by hand", () => {
    const again: EventDraft[] = [1, 2, 3].flatMap((decision): EventDraft[] => [
      { type: "resumed", automatic: false, stage: "vision", decision: String(decision) },
      parked,
    ]);
    expect(waitingOf(after(started, parked, ...again), nothing, 10_000)).toMatchObject({
      next_redrive_at: "1970-01-01T00:05:00.000Z",
    });
  });

  it("waits for the next stage when one has just ended", () => {
    const completed: EventDraft = {
      type: "completed",
      stage: "vision",
      output: stageOutputs.vision,
    };
    expect(waitingOf(after(started, completed), nothing, 10_000)).toMatchObject({
      reason: "queued",
      stage: "rule",
    });
  });
});
