import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Submission } from "../../src/pipeline/submission.ts";
import { crashLimit, leaseMs, leaseOf, renewEveryMs } from "../../src/pipeline/lease.ts";
import type { StageResult } from "../../src/pipeline/decisions/attempts.ts";
import { hopStarts, stageNames, stageOf } from "../../src/pipeline/stages/stage-table.ts";
import {
  buildSubmission,
  claimStage,
  type Job,
  jobOf,
  parkJob,
  stageOutputs,
  stagesAfter,
  completeHop,
  completeStages,
  stagesBefore,
  stateOf,
} from "../support/job-builders.ts";
import { resultOf } from "../../src/pipeline/result.ts";
import { damageLog } from "../support/damage-log.ts";
import { storedLog } from "../support/stored-log.ts";
import { framesOf, stepsOf } from "../support/job-frames.ts";

const failure = { code: "MODEL_UNAVAILABLE", message: "scripted" };

afterEach(() => void vi.useRealTimers());

async function submitted(rest: Partial<Submission> = {}) {
  const submission = buildSubmission({}, rest);
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  return { job, ...submission, user: submission.userId };
}

/** Moves the job's clock, and fires the alarm that the object has set. */
async function afterWaiting(job: Job, ms: number) {
  vi.setSystemTime(Date.now() + ms);
  await runDurableObjectAlarm(job);
}

const useClock = () => void vi.useFakeTimers({ toFake: ["Date"] });

describe("a scan without failures", () => {
  it("broadcasts the contract's sequence of frames, numbered from 0 without gaps", async () => {
    const { job, userId } = await submitted();
    await completeStages(job);
    const frames = await framesOf(job, userId);
    expect(stepsOf(frames)).toEqual([
      "queued started",
      "vision started",
      "vision completed",
      "rule started",
      "rule completed",
      "answer started",
      "answer completed",
      "reward started",
      "reward completed",
      "done completed",
    ]);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
    expect(frames.map(({ progress }) => progress)).toEqual([
      0, 0, 25, 25, 50, 50, 75, 75, 100, 100,
    ]);
    expect(frames.at(-1)?.result).toMatchObject({ status: "completed", reward: { name: "페티" } });
  });

  it("writes six rows, and sets the alarm twice", async () => {
    const submission = buildSubmission();
    const job = jobOf(submission.jobId);
    const [put, exec, setAlarm] = await runInDurableObject(job, (_, { storage }) => [
      vi.spyOn(storage.kv, "put"),
      vi.spyOn(storage.sql, "exec"),
      vi.spyOn(storage, "setAlarm"),
    ]);
    await job.submit(submission);
    for (const start of hopStarts) await completeHop(job, start);
    // The submit; a claim and a completion for each hop; and the mark of the outbox.
    expect(put).toHaveBeenCalledTimes(6);
    expect(exec).not.toHaveBeenCalled();
    expect(setAlarm).toHaveBeenCalledTimes(2);
  });

  it("completes when the object is evicted between any two steps", async () => {
    const { job, userId, user } = await submitted();
    await evictDurableObject(job);
    for (const name of stageNames) {
      const lease = await claimStage(job, name);
      await evictDurableObject(job);
      await job.complete(lease, [{ stage: name, output: stageOutputs[name] }]);
      await evictDurableObject(job);
    }
    expect(await job.snapshot(user)).toMatchObject({ status: "completed" });
    expect((await framesOf(job, userId)).map(({ seq }) => seq)).toEqual([...Array(10).keys()]);
  });

  it("gives each hop what the rows of its stages name, and no more", async () => {
    const { job, jobId, userId, request } = await submitted();
    const inputs = [];
    for (const name of stageNames) {
      const reply = await job.claim(name, name);
      inputs.push(typeof reply !== "string" && reply.verdict === "run" && reply.input);
      await job.complete(name, [{ stage: name, output: stageOutputs[name] }]);
    }
    const { vision, rule, answer } = stageOutputs;
    const owner = { job_id: jobId, user_id: userId, owned: [], words_only: true, test: false };
    expect(inputs).toEqual([
      { request, spent_usd: 0 },
      { request, vision },
      { request, owner, spent_usd: 0.000455, vision, rule },
      { owner, vision, rule, answer },
    ]);
  });
});

describe("submit", () => {
  it("accepts the same submission again, and sends no message", async () => {
    const { job, jobId, userId, user } = await submitted();
    const again = await job.submit(buildSubmission({}, { jobId, userId }));
    expect(again.verdict).toBe("accepted");
    expect(await job.snapshot(user)).toMatchObject({ nextSeq: 1 });
  });

  it("refuses another request under the same id, and changes nothing", async () => {
    const { job, jobId, userId, user } = await submitted();
    const other = await job.submit(buildSubmission({ user_input: "캔" }, { jobId, userId }));
    expect(other.verdict).toBe("conflict");
    expect(await job.snapshot(user)).toMatchObject({ request: { user_input: "생수병" } });
  });
});

describe("a lease", () => {
  it("admits one attempt, and acknowledges a duplicate message", async () => {
    const { job } = await submitted();
    await claimStage(job, "vision");
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "ack" });
  });

  it("answers stale when an attempt writes after its lease has expired", async () => {
    useClock();
    const { job, user } = await submitted();
    const late = await claimStage(job, "vision");
    vi.setSystemTime(Date.now() + leaseMs + 1);
    const current = await claimStage(job, "vision");
    expect(await job.complete(late, [{ stage: "vision", output: stageOutputs.vision }])).toBe(
      "stale",
    );
    expect(await job.fail("vision", late, failure)).toBe("stale");
    expect(await job.retry("vision", late, failure)).toBe("stale");
    expect(await job.complete(current, [{ stage: "vision", output: stageOutputs.vision }])).toEqual(
      { recovered: false },
    );
    expect(await job.snapshot(user)).toMatchObject({ stage: "rule" });
  });

  it("outlives one renewal that is lost", async () => {
    useClock();
    const { job } = await submitted();
    const lease = await claimStage(job, "vision");
    vi.setSystemTime(Date.now() + renewEveryMs);
    await job.renew("vision", lease);
    // The second renewal is lost; the third is due.
    vi.setSystemTime(Date.now() + 2 * renewEveryMs - 1);
    await job.recover();
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "ack" });
    expect(await job.renew("vision", lease)).toBe("renewed");
  });

  it("is renewed by an attempt that still runs, and stays so after an eviction", async () => {
    useClock();
    const { job, user, userId } = await submitted();
    const lease = await claimStage(job, "vision");
    for (let renewal = 0; renewal < 8; renewal++) {
      vi.setSystemTime(Date.now() + 10_000);
      expect(await job.renew("vision", lease)).toBe("renewed");
      await evictDurableObject(job);
      expect(await job.claim("vision", "another")).toMatchObject({ verdict: "ack" });
    }
    expect(await framesOf(job, userId)).toHaveLength(2);
    expect(await job.renew("vision", "another")).toBe("stale");
    await afterWaiting(job, leaseMs);
    expect(await job.renew("vision", lease)).toBe("stale");
    expect(await job.snapshot(user)).toMatchObject({ crashes: 1 });
  });

  it("is kept by an attempt that renews it with text, and not by text alone", async () => {
    useClock();
    const { job } = await submitted();
    await completeStages(job, stagesBefore("answer"));
    const lease = await claimStage(job, "answer");
    for (let text = 0; text < 4; text++) {
      vi.setSystemTime(Date.now() + 10_000);
      expect(await job.publishText("answer", lease, "글".repeat(text))).toBe("published");
      expect(await job.renew("answer", lease, "글".repeat(text))).toBe("renewed");
    }
    expect(await job.claim("answer", "another")).toMatchObject({ verdict: "ack" });
    vi.setSystemTime(Date.now() + leaseMs);
    expect(await job.publishText("answer", lease, "글글글글글")).toBe("published");
    expect(await job.claim("answer", "another")).toMatchObject({ verdict: "run" });
  });

  it("is taken over at once by the redelivery of its message, and by nothing else", async () => {
    const { job, user, userId } = await submitted();
    const message = crypto.randomUUID();
    const [first, repeated, second] = [
      leaseOf(message, 1),
      leaseOf(message, 1),
      leaseOf(message, 2),
    ];
    await job.claim("vision", first);
    for (const other of [repeated, leaseOf(crypto.randomUUID(), 2)]) {
      expect(await job.claim("vision", other)).toMatchObject({ verdict: "ack" });
    }
    expect(await job.claim("vision", second)).toMatchObject({ verdict: "run", attempt: 1 });
    for (const other of [first, repeated]) {
      expect(await job.claim("vision", other)).toMatchObject({ verdict: "ack" });
    }
    const results: [StageResult] = [{ stage: "vision", output: stageOutputs.vision }];
    expect(await job.complete(first, results)).toBe("stale");
    expect(await job.complete(second, results)).toEqual({ recovered: false });
    expect(await job.snapshot(user)).toMatchObject({ stage: "rule" });
    expect(stepsOf(await framesOf(job, userId)).length).toBeGreaterThan(3);
  });

  it("records a completion once when it is repeated", async () => {
    const { job, user } = await submitted();
    const lease = await claimStage(job, "vision");
    await job.complete(lease, [{ stage: "vision", output: stageOutputs.vision }]);
    expect(await job.complete(lease, [{ stage: "vision", output: stageOutputs.vision }])).toBe(
      "stale",
    );
    expect(await job.snapshot(user)).toMatchObject({ nextSeq: 3 });
  });

  it("gives the same claim to the same attempt when the first reply was lost", async () => {
    const { job, user } = await submitted();
    const lease = crypto.randomUUID();
    const first = await job.claim("vision", lease);
    expect(await job.claim("vision", lease)).toEqual(first);
    const vision = { stage: "vision", output: stageOutputs.vision } as const;
    expect(await job.complete(lease, [vision])).toEqual({ recovered: false });
    await evictDurableObject(job);
    expect(await job.complete(lease, [vision])).toBe("stale");
    expect(await job.snapshot(user)).toMatchObject({ nextSeq: 3 });
  });

  it("runs a stage that its hop left out by its own message, and recovers it when that dies", async () => {
    useClock();
    const { job, user } = await submitted();
    await completeStages(job, ["vision"]);
    const lease = await claimStage(job, "rule");
    expect(await job.claim("rule", "another")).toMatchObject({ verdict: "ack" });
    await afterWaiting(job, leaseMs);
    expect(await job.complete(lease, [{ stage: "rule", output: stageOutputs.rule }])).toBe("stale");
    await completeStages(job, stagesAfter("vision"));
    expect(await job.snapshot(user)).toMatchObject({
      status: "completed",
      timeline: { vision: { attempts: 1 }, rule: { attempts: 2 } },
    });
  });

  it("sends the next stage again when its message died between the commit and the send", async () => {
    const { job, userId } = await submitted();
    await completeStages(job, ["vision"]);
    const send = await runInDurableObject(job, async (instance) => {
      const spy = vi.spyOn(instance["env"].SCAN_RULE, "send");
      await instance.claim("vision", "another");
      return spy.mock.calls.length;
    });
    expect(send).toBe(1);
    expect(stepsOf(await framesOf(job, userId))).toHaveLength(3);
  });
});

describe("a transient error", () => {
  it("broadcasts its reason and the time of the retry, and refuses an earlier claim", async () => {
    useClock();
    const { job, userId } = await submitted();
    const lease = await claimStage(job, "vision");
    expect(await job.retry("vision", lease, failure, { retryAfterMs: 7_000 })).toEqual({
      verdict: "retry",
      seconds: 7,
    });
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "wait", seconds: 7 });
    vi.setSystemTime(Date.now() + 6_500);
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "wait", seconds: 1 });
    vi.setSystemTime(Date.now() + 500);
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "run" });
    const retrying = (await framesOf(job, userId)).find(({ status }) => status === "retrying");
    expect(retrying).toMatchObject({
      attempt: 1,
      error: { ...failure, retry_at: expect.any(String) },
    });
  });

  it("parks the job with the reason when its attempts are used up", async () => {
    const { job, userId, user } = await submitted();
    for (const verdict of ["retry", "retry", "retry", "parked"]) {
      const lease = await claimStage(job, "vision");
      expect(await job.retry("vision", lease, failure, { retryAfterMs: 0 })).toMatchObject({
        verdict,
      });
    }
    expect(await job.snapshot(user)).toMatchObject({ status: "parked", error: failure });
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "ack" });
    expect((await framesOf(job, userId)).at(-1)).toMatchObject({
      status: "parked",
      error: failure,
    });
  });

  it("sends the stage again when its dead letter arrives with attempts left", async () => {
    const { job, user } = await submitted();
    const sent = await runInDurableObject(job, async (instance) => {
      const spy = vi.spyOn(instance["env"].SCAN_VISION, "send");
      const bulk = vi.spyOn(instance["env"].SCAN_VISION_BULK, "send");
      expect(await instance.park("vision")).toBe("moved-on");
      return spy.mock.calls.length + bulk.mock.calls.length;
    });
    expect(sent).toBeLessThanOrEqual(1);
    expect(await job.snapshot(user)).toMatchObject({ status: "queued" });
    await completeStages(job);
    expect(await job.snapshot(user)).toMatchObject({ status: "completed" });
  });

  it("parks the job when its dead letter arrives after the stage has expired", async () => {
    useClock();
    const { job } = await submitted();
    vi.setSystemTime(Date.now() + stageOf("vision").ttlMs);
    const deadLetter = await job.park("vision");
    expect(deadLetter).toMatchObject({ stage: "vision", code: "MESSAGE_EXPIRED", redrives: 0 });
    expect(await job.park("vision")).toEqual(deadLetter);
  });

  it("changes nothing when a late copy of a dead letter arrives after a redrive", async () => {
    const { job, user } = await submitted();
    await parkJob(job, "vision");
    await job.resume("vision", "first");
    expect(await job.park("vision", 0)).toBe("moved-on");
    await parkJob(job, "vision");
    expect(await job.park("vision", 0)).toBe("moved-on");
    expect(await job.park("vision", 1)).toMatchObject({ redrives: 1 });
    expect(await job.snapshot(user)).toMatchObject({ status: "parked", redrives: 1 });
  });

  it("does not park a stage that has moved on, or that runs", async () => {
    const { job } = await submitted();
    await completeStages(job, ["vision"]);
    await claimStage(job, "rule");
    expect(await job.park("vision")).toBe("moved-on");
    expect(await job.park("rule")).toBe("moved-on");
  });
});

describe("a parked job", () => {
  it("resumes with a fresh budget and its paid checkpoints", async () => {
    const { job, user } = await submitted();
    await completeStages(job, stagesBefore("answer"));
    await parkJob(job, "answer");
    expect(await job.resume("answer", "first")).toBe("resumed");
    expect(await job.resume("answer", "first")).toBe("running");
    expect(await job.snapshot(user)).toMatchObject({ status: "running", attempt: 0, error: null });
    await completeStages(job, ["answer", "reward"]);
    expect(await job.snapshot(user)).toMatchObject({
      status: "completed",
      checkpoints: { vision: stageOutputs.vision },
      timeline: { vision: { attempts: 1 } },
    });
  });

  it("fails for good when it was not redriven for a week", async () => {
    useClock();
    const { job, userId } = await submitted();
    await parkJob(job, "vision");
    await afterWaiting(job, 60_000);
    await afterWaiting(job, 7 * 24 * 3_600_000);
    expect(stepsOf(await framesOf(job, userId)).slice(-3)).toEqual([
      "vision parked",
      "vision failed",
      "done completed",
    ]);
  });
});

describe("the end", () => {
  it("shows a permanent error on the stream and in the result before done", async () => {
    const { job, userId } = await submitted();
    await job.fail("vision", await claimStage(job, "vision"), failure);
    const frames = await framesOf(job, userId);
    expect(stepsOf(frames).slice(-2)).toEqual(["vision failed", "done completed"]);
    expect(frames.at(-1)?.result).toMatchObject({
      status: "failed",
      error: failure,
      pipeline_result: null,
    });
  });

  it("comes once when the user cancels, and refuses the running attempt", async () => {
    const { job, userId } = await submitted();
    const lease = await claimStage(job, "vision");
    expect(await job.cancel(userId)).toMatchObject({ status: "cancelled" });
    expect(await job.cancel(userId)).toMatchObject({ status: "cancelled" });
    expect(await job.complete(lease, [{ stage: "vision", output: stageOutputs.vision }])).toBe(
      "stale",
    );
    expect(await job.claim("vision", "another")).toMatchObject({ verdict: "ack" });
    expect(stepsOf(await framesOf(job, userId)).slice(-2)).toEqual([
      "vision cancelled",
      "done completed",
    ]);
  });

  it("deletes everything an hour later when no key names the scan", async () => {
    useClock();
    const { job, user } = await submitted({ keyed: false });
    await completeStages(job);
    await afterWaiting(job, 3_599_000);
    expect(await job.snapshot(user)).not.toBe("not-found");
    await afterWaiting(job, 1_000);
    expect(await job.snapshot(user)).toBe("not-found");
    await runInDurableObject(job, async (_, { storage }) => {
      expect([...storage.kv.list()]).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});

/** Stores a job's log as earlier versions did: a row a commit, of which the published ones are marked. */
function writeCommits(storage: DurableObjectStorage, mark: string) {
  const { sql, kv } = storage;
  const log = storedLog(storage);
  for (const [key] of Array.from(kv.list())) kv.delete(key);
  sql.exec(`CREATE TABLE commits (
    seq INTEGER PRIMARY KEY, events TEXT NOT NULL, ${mark} INTEGER NOT NULL DEFAULT 0
  ) STRICT`);
  for (const [seq, event] of log.events.entries()) {
    const published = seq === log.publishedSeq ? 1 : 0;
    sql.exec("INSERT INTO commits VALUES (?, ?, ?)", seq, JSON.stringify([event]), published);
  }
}

describe("the watchdog", () => {
  it("starts another attempt when an attempt died", async () => {
    useClock();
    const { job, user, userId } = await submitted();
    await claimStage(job, "vision");
    await evictDurableObject(job);
    await afterWaiting(job, leaseMs);
    expect((await framesOf(job, userId)).at(-1)).toMatchObject({
      status: "retrying",
      error: { code: "ATTEMPT_LOST" },
    });
    await completeStages(job);
    expect(await job.snapshot(user)).toMatchObject({ timeline: { vision: { attempts: 2 } } });
  });

  it("spends no attempt on a crash, and parks the job when too many have crashed", async () => {
    useClock();
    const { job, user } = await submitted();
    for (let crash = 1; crash <= crashLimit; crash++) {
      await claimStage(job, "vision");
      expect(await job.snapshot(user)).toMatchObject({ status: "running", attempt: 1 });
      await afterWaiting(job, leaseMs);
    }
    expect(await job.snapshot(user)).toMatchObject({
      status: "parked",
      error: { code: "ATTEMPT_LOST" },
    });
  });

  it("sends a lost message again after doubling waits until the stage expires", async () => {
    useClock();
    const { job, user, userId } = await submitted();
    const from = Date.now();
    const resentAfter: number[] = [];
    for (let seen = 1; (await stateOf(job))?.status !== "parked";) {
      await afterWaiting(job, 15_000);
      const { length } = await framesOf(job, userId);
      if (length > seen) resentAfter.push((Date.now() - from) / 1000);
      seen = length;
    }
    // After 15, 30, 60, … and 960 s of silence; then the hour is over.
    expect(resentAfter).toEqual([15, 45, 105, 225, 465, 945, 1905, 3600]);
    expect(await job.snapshot(user)).toMatchObject({ error: { code: "MESSAGE_EXPIRED" } });
  });

  it("tries a job that cannot be read again, until a version reads it", async () => {
    useClock();
    vi.spyOn(console, "error").mockReturnValue();
    const { job, jobId } = await submitted();
    const mend = await damageLog(jobId);
    for (let time = 0; time < 3; time++) expect(await runDurableObjectAlarm(job)).toBe(true);
    await mend();
    await afterWaiting(job, 5 * 60_000);
    expect(await stateOf(job)).toMatchObject({ error: { code: "MESSAGE_LOST" } });
    vi.restoreAllMocks();
  });

  it("does nothing while an attempt holds its lease", async () => {
    useClock();
    const { job, userId } = await submitted();
    await claimStage(job, "vision");
    await afterWaiting(job, leaseMs - 1_000);
    expect(await framesOf(job, userId)).toHaveLength(2);
  });
});

describe("subscribing", () => {
  it("replays the frames after the cursor and then the live ones, without gaps or repetitions", async () => {
    const { job, userId } = await submitted();
    await completeStages(job);
    for (let after = -1; after < 10; after++) {
      const seqs = (await framesOf(job, userId, after)).map(({ seq }) => seq);
      expect(seqs).toEqual([...Array(10).keys()].slice(after + 1));
    }
  });

  it("answers not-found to everybody but the job's user", async () => {
    const { job, user } = await submitted();
    expect(await job.snapshot(user)).not.toBe("not-found");
    expect(await job.snapshot("somebody-else")).toBe("not-found");
    expect(await job.cancel("somebody-else")).toBe("not-found");
    expect((await job.fetch("https://job/?user=somebody-else")).status).toBe(404);
  });

  it.each(["told", "published"])(
    "reads the log of a job whose version marked it %s",
    async (mark) => {
      useClock();
      const { job, user } = await submitted();
      await completeStages(job);
      const before = await job.snapshot(user);
      await runInDurableObject(job, (_, { storage }) => writeCommits(storage, mark));
      await evictDurableObject(job);
      expect(await job.snapshot(user)).toEqual(before);
      await afterWaiting(job, 3_600_000);
      expect(await job.snapshot(user)).toBe("not-found");
      await evictDurableObject(job);
      expect(await job.snapshot(user)).toBe("not-found");
    },
  );

  it("continues a job whose log an earlier version began", async () => {
    useClock();
    const { job, user, userId } = await submitted();
    await completeStages(job, ["vision"]);
    await runInDurableObject(job, (_, { storage }) => writeCommits(storage, "published"));
    await evictDurableObject(job);
    await completeStages(job, stagesAfter("vision"));
    const frames = await framesOf(job, userId);
    const ended = await job.snapshot(user);
    await evictDurableObject(job);
    expect(await job.snapshot(user)).toEqual(ended);
    expect(await framesOf(job, userId)).toEqual(frames);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
    expect(frames.at(-1)).toMatchObject({ stage: "done", status: "completed" });
  });

  it("calls an item that has no name by its middle in the result", async () => {
    const { job } = await submitted();
    const { vision } = stageOutputs;
    const classification = { ...vision.classification, minor_category: null };
    const output = { ...vision, classification };
    await job.complete(await claimStage(job, "vision"), [{ stage: "vision", output }]);
    await completeStages(job, stagesAfter("vision"));
    const state = await stateOf(job);
    const { middle_category } = classification;
    expect(state && resultOf(state)?.pipeline_result).toMatchObject({
      classification_result: { classification: { minor_category: middle_category } },
    });
  });

  it("stores nothing when an unknown job is read", async () => {
    const job = jobOf(crypto.randomUUID());
    expect(await job.snapshot("user-1")).toBe("not-found");
    expect(await job.claim("vision", "another")).toBe("not-found");
    await runInDurableObject(job, (_, { storage }) => {
      expect([...storage.kv.list()]).toEqual([]);
    });
  });
});
