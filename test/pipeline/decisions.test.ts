import { describe, expect, it } from "vitest";
import { leaseMs } from "../../src/pipeline/lease.ts";
import { claim, complete, type StageResult, retry } from "../../src/pipeline/decisions/attempts.ts";
import type { Decision } from "../../src/pipeline/decisions/decision.ts";
import { cancel, park, postpone, resume } from "../../src/pipeline/decisions/interventions.ts";
import { watchdogCheck } from "../../src/pipeline/decisions/watchdog-check.ts";
import { z } from "zod";
import { replyToRepeated } from "../../src/pipeline/submission.ts";
import { type EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { isTerminal, type JobState, reduce, replay } from "../../src/pipeline/job.ts";
import {
  hopFrom,
  nextStage,
  type StageName,
  stageNames,
} from "../../src/pipeline/stages/stage-table.ts";
import { buildSubmission, stageOutputs } from "../support/job-builders.ts";

const failure = { code: "MODEL_UNAVAILABLE", message: "scripted" };

/** The result of a stage, as its attempt records it. */
const resultOf = (stage: StageName): StageResult => ({ stage, output: stageOutputs[stage] });

/** A repeatable source of choices (mulberry32). */
function seeded(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A job as its object holds it, without the platform: a log, and the messages it has sent. */
function aJob() {
  const events: JobEvent[] = [{ type: "queued", seq: 0, at: 0, ...buildSubmission() }];
  let now = 0;
  const state = () => {
    const folded = replay(events);
    if (!folded) throw new Error("The job has no state");
    return folded;
  };
  function carryOut<Reply>({ events: drafts, dispatch, reply }: Decision<Reply>) {
    for (const draft of drafts) {
      events.push({ ...draft, seq: state().nextSeq, at: now } satisfies JobEvent);
    }
    return { reply, dispatch };
  }
  return {
    events,
    state,
    carryOut,
    now: () => now,
    wait: (ms: number) => void (now += ms),
  };
}

describe("a late completion", () => {
  it("sends no message when the job was cancelled before its next stage began", () => {
    const job = aJob();
    job.carryOut(claim(job.state(), "vision", "a", 0));
    job.carryOut(complete(job.state(), "a", [resultOf("vision")]));
    expect(complete(job.state(), "a", [resultOf("vision")]).dispatch).not.toBeNull();
    job.carryOut(cancel(job.state()));
    expect(complete(job.state(), "a", [resultOf("vision")])).toMatchObject({ dispatch: null });
  });
});

describe("a message of a pause that has ended", () => {
  it("is sent again without a wait, however late the consumer calls", () => {
    const job = aJob();
    job.wait(5_000);
    const decision = postpone(job.state(), "vision", 1_000, { reason: "a" }, job.now());
    expect(decision.dispatch).toEqual({ delaySeconds: 0 });
  });
});

describe("random schedules of messages, losses, crashes, errors and late replies", () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "keeps the invariants (seed %i)",
    (seed) => {
      const choose = seeded(seed);
      const job = aJob();
      const leases: { stage: (typeof stageNames)[number]; lease: string }[] = [];
      for (let step = 0; step < 120; step++) {
        const stage = stageNames[choose(stageNames.length)] ?? "vision";
        const attempt = leases[choose(leases.length || 1)];
        const before = job.state();
        switch (choose(9)) {
          case 0:
          case 1:
          case 2: {
            const lease = `attempt ${step}`;
            const { reply } = job.carryOut(claim(before, stage, lease, job.now()));
            if (reply.verdict === "run") leases.push({ stage, lease });
            break;
          }
          case 3:
          case 4:
            if (attempt) {
              const { stage, lease } = attempt;
              const trailing = hopFrom(stage)
                .slice(1, 1 + choose(2))
                .map(resultOf);
              job.carryOut(complete(before, lease, [resultOf(stage), ...trailing]));
            }
            break;
          case 5:
            if (attempt) {
              job.carryOut(retry(before, attempt.stage, attempt.lease, failure, job.now()));
            }
            break;
          case 6:
            job.carryOut(watchdogCheck(before, job.now()));
            break;
          case 7:
            job.carryOut(park(before, stage, before.redrives - choose(2), job.now()));
            job.carryOut(resume(job.state(), stage, `decision ${choose(step + 1)}`));
            break;
          case 8:
            job.wait(choose(100_000));
            break;
        }
        if (isTerminal(before)) expect(job.state()).toEqual(before);
      }

      // I1: whatever has happened, the watchdog and a consumer bring the job to an end.
      for (let round = 0; round < 200 && job.state().endedAt === null; round++) {
        const { stage } = job.state();
        const lease = `round ${round}`;
        const { reply } = job.carryOut(claim(job.state(), stage, lease, job.now()));
        if (reply.verdict === "run") {
          job.carryOut(complete(job.state(), lease, [resultOf(stage)]));
        }
        job.carryOut(resume(job.state(), stage, `last ${round}`));
        const { nextAt } = job.carryOut(watchdogCheck(job.state(), job.now())).reply;
        if (job.state().endedAt === null) job.wait(Math.max(1, (nextAt ?? 0) - job.now()));
      }
      const { events } = job;
      expect(job.state().status).toBe("completed");
      // I2: one record a stage.
      const completed = events.flatMap((it) => (it.type === "completed" ? [it.stage] : []));
      expect(completed).toEqual(stageNames);
      // I3: numbered from 0 without gaps; one done, and last.
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
      expect(events.filter(({ type }) => type === "done")).toEqual(events.slice(-1));
      // I9: the log says it all.
      const stored = z.array(JobEvent).parse(JSON.parse(JSON.stringify(events)));
      expect(replay(stored)).toEqual(job.state());
    },
  );
});

describe("reduce", () => {
  it("reads the log of a job that an earlier version accepted and started", () => {
    const submission = buildSubmission();
    const { owned: _, requestHash: __, ...before } = submission;
    const queued = JobEvent.parse({ type: "queued", seq: 0, at: 0, ...before });
    const state = replay([queued]);
    expect(state?.owned).toEqual([]);
    expect(replyToRepeated(submission, state, null)).toEqual({ verdict: "accepted", state });
    const other = buildSubmission({ user_input: "캔" });
    expect(replyToRepeated(other, state, null)).toEqual({ verdict: "conflict" });
    const started = { seq: 1, at: 1, type: "started", stage: "vision", attempt: 1, lease: "a" };
    expect(JobEvent.parse({ ...started, inline: true })).toEqual(started);
  });

  const drafts: EventDraft[] = [
    { type: "started", stage: "vision", attempt: 1, lease: "a" },
    { type: "completed", stage: "vision", output: stageOutputs.vision },
    {
      type: "retrying",
      budget: "attempt",
      stage: "vision",
      attempt: 1,
      error: failure,
      retryAt: 5,
      calls: [],
    },
    { type: "parked", stage: "vision", error: failure, calls: [] },
    { type: "resumed", automatic: true, stage: "vision", decision: "a" },
    { type: "postponed", stage: "vision", until: 9, reason: "a" },
    { type: "failed", stage: "vision", error: failure, calls: [] },
    { type: "cancelled", stage: "vision" },
    { type: "done" },
  ];

  it("leaves an ended job as it is", () => {
    const job = aJob();
    job.carryOut(cancel(job.state()));
    const ended = job.state();
    for (const draft of drafts) expect(reduce(ended, { ...draft, seq: 9, at: 9 })).toBe(ended);
  });

  it("returns null before the job is queued", () => {
    for (const draft of drafts) expect(reduce(null, { ...draft, seq: 0, at: 0 })).toBeNull();
  });
});

describe("complete", () => {
  it("records the outputs of a hop in one turn, and sends the message of the stage behind it", () => {
    const job = aJob();
    job.carryOut(claim(job.state(), "vision", "a", 0));
    const decision = complete(job.state(), "a", [resultOf("vision"), resultOf("rule")]);
    expect(decision.events.map(({ type }) => type)).toEqual(["completed", "started", "completed"]);
    expect(decision).toMatchObject({ reply: { recovered: false }, dispatch: { delaySeconds: 0 } });
    job.carryOut(decision);
    expect(job.state()).toMatchObject({ stage: "answer", attempt: 0, lease: null });
  });

  it("sends the message of the stage that the hop has left out", () => {
    const job = aJob();
    job.carryOut(claim(job.state(), "vision", "a", 0));
    const decision = complete(job.state(), "a", [resultOf("vision")]);
    expect(decision.events.map(({ type }) => type)).toEqual(["completed"]);
    expect(decision.dispatch).toEqual({ delaySeconds: 0 });
    job.carryOut(decision);
    expect(job.state()).toMatchObject({ stage: "rule", attempt: 0, lease: null });
  });

  it("is stale when the attempt has lost the lease", () => {
    const job = aJob();
    job.carryOut(claim(job.state(), "vision", "a", 0));
    const late = complete(job.state(), "b", [resultOf("vision"), resultOf("rule")]);
    expect(late).toMatchObject({ events: [], reply: "stale", dispatch: null });
  });
});

describe("the watchdog's next check", () => {
  const nextAt = (state: JobState, now: number) => watchdogCheck(state, now).reply.nextAt;

  it("is at most a lease away while a job runs", () => {
    const job = aJob();
    for (const stage of stageNames) {
      job.carryOut(claim(job.state(), stage, stage, 0));
      expect(nextAt(job.state(), 0)).toBe(leaseMs);
      job.carryOut(complete(job.state(), stage, [resultOf(stage)]));
      if (nextStage(stage)) expect(nextAt(job.state(), 0)).toBe(leaseMs);
    }
    expect(nextAt(job.state(), 0)).toBe(3_600_000);
    expect(nextAt(job.state(), 3_600_000)).toBeNull();
  });
});
