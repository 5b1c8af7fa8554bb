import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stageConsumer } from "../../queues/stage-loop.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { queueName, stageNames, stageOf } from "../../src/pipeline/stages/stage-table.ts";
import { vision } from "../../src/pipeline/stages/vision.ts";
import {
  buildBatch,
  buildMessage,
  deliver,
  deliverStage,
  modelEnv,
  stageMessage,
} from "../support/queue-messages.ts";
import { modelCalls } from "../support/model-calls.ts";
import { buildSubmission, jobOf, stateOf } from "../support/job-builders.ts";

beforeEach(() => pipelineControl(env).reset("openai"));
afterEach(() => void vi.useRealTimers());

/** A job whose model does what the script says; `{id}` keeps its calls apart. */
async function aJob(script = "", model = "gpt-5.2") {
  const submission = buildSubmission({
    user_input: `생수병 ${script} {${crypto.randomUUID()}}`,
    model,
  });
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  const state = () => stateOf(job);
  return { job, jobId: submission.jobId, state, words: submission.request.user_input ?? "" };
}

describe("a message of a stage", () => {
  it("is acknowledged when its stage is recorded", async () => {
    const { jobId, state } = await aJob();
    for (const stage of stageNames) {
      const message = await deliverStage(jobId, stage);
      expect(message.ack).toHaveBeenCalledTimes(1);
      expect(message.retry).not.toHaveBeenCalled();
    }
    expect(await state()).toMatchObject({
      status: "completed",
      checkpoints: { reward: { reward: { name: "페티", match_reason: "무색페트병>생수병" } } },
    });
  });

  it("goes to the dead letters alone when it does not parse", async () => {
    const { jobId, state } = await aJob();
    const bodies = [
      "not json",
      { jobId, stage: "no such stage", traceparent: "" },
      null,
      { jobId: "x" },
    ];
    const unreadable = bodies.map((body) => buildMessage<unknown>(body));
    const good = buildMessage<unknown>(stageMessage(jobId, "vision"));
    await deliver(queueName("vision"), [...unreadable, good]);
    for (const message of unreadable) {
      expect(message.ack).not.toHaveBeenCalled();
      expect(message.retry).toHaveBeenCalledTimes(1);
    }
    expect(good.ack).toHaveBeenCalledTimes(1);
    expect((await state())?.stage).toBe("answer");
  });

  it("is acknowledged when its job does not exist, or has ended", async () => {
    const unknown = await deliverStage(crypto.randomUUID(), "vision");
    expect(unknown.ack).toHaveBeenCalledTimes(1);
    const { job, jobId } = await aJob();
    await job.cancel("user-1");
    const cancelled = await deliverStage(jobId, "vision");
    expect(cancelled.ack).toHaveBeenCalledTimes(1);
  });

  it("is redelivered soon when the job is unreachable after the claim, and takes its lease over", async () => {
    const { jobId, state } = await aJob();
    const stub = env.SCAN_JOB.getByName(jobId);
    const broken = new Proxy(env.SCAN_JOB, {
      get: (target, key): unknown =>
        key === "getByName"
          ? () => ({
              claim: (stage: "vision", lease: string) => stub.claim(stage, lease),
              complete: () => Promise.reject(new Error("the object is gone")),
            })
          : Reflect.get(target, key),
    });
    const message = await deliverStage(jobId, "vision", { ...modelEnv(), SCAN_JOB: broken });
    const { delaySeconds } = message.retry.mock.lastCall?.[0] ?? {};
    expect(delaySeconds).toBeLessThanOrEqual(2);
    const redelivered = { ...message, attempts: 2 };
    await deliver("scan-vision", [redelivered]);
    expect(redelivered.ack).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({ stage: "answer", timeline: { vision: { attempts: 2 } } });
  });

  it("is retried soon when the job is unreachable for the claim", async () => {
    const { jobId } = await aJob();
    const away = new Proxy(env.SCAN_JOB, {
      get: (): unknown => () => ({ claim: () => Promise.reject(new Error("the object is away")) }),
    });
    const message = await deliverStage(jobId, "vision", { ...modelEnv(), SCAN_JOB: away });
    expect(message.ack).not.toHaveBeenCalled();
    const { delaySeconds } = message.retry.mock.lastCall?.[0] ?? {};
    expect(delaySeconds).toBeLessThanOrEqual(2);
  });

  it("is handled with a fresh stub when the object was reset", async () => {
    const { jobId, state } = await aJob();
    const reset = Object.assign(new Error("Durable Object reset because its code was updated."), {
      durableObjectReset: true,
    });
    const claim = vi.fn().mockRejectedValueOnce(reset);
    const flaky = new Proxy(env.SCAN_JOB, {
      get: (target, key): unknown =>
        key === "getByName"
          ? (name: string) => (claim.mock.calls.length === 0 ? { claim } : target.getByName(name))
          : Reflect.get(target, key),
    });
    const message = await deliverStage(jobId, "vision", { ...modelEnv(), SCAN_JOB: flaky });
    expect(message.ack).toHaveBeenCalledTimes(1);
    expect((await state())?.stage).toBe("answer");
  });

  it("runs the rule behind vision, and the reward behind the answer", async () => {
    const { jobId, state } = await aJob();
    await deliverStage(jobId, "vision");
    expect(await state()).toMatchObject({ stage: "answer", checkpoints: { rule: {} } });
    await deliverStage(jobId, "answer");
    expect(await state()).toMatchObject({ status: "completed", nextSeq: 10 });
  });
});

describe("a stage behind another in its hop", () => {
  /** A catalog that takes so long to be read. */
  function slowly(ms: number) {
    const asked = vi.fn();
    const DB = new Proxy(env.DB, {
      get(target, key): unknown {
        if (key === "prepare") {
          return (sql: string) =>
            sql.includes("FROM characters") ? { all: () => read(sql) } : target.prepare(sql);
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    async function read(sql: string) {
      asked();
      await scheduler.wait(ms);
      return env.DB.prepare(sql).all();
    }
    return { asked, bindings: { ...modelEnv(), DB } };
  }

  it.each([
    ["is recorded together with it when it takes as long as a call to another object", 100, 1],
    ["runs again alone, through its own queue, when it takes longer", 600, 2],
  ])("%s", async (_, ms, times) => {
    const submission = buildSubmission({ model: "gpt-5.2" }, { userId: `owner-${times}` });
    const { jobId } = submission;
    await jobOf(jobId).submit(submission);
    const { asked, bindings } = slowly(ms);
    await deliverStage(jobId, "vision", bindings);
    const message = await deliverStage(jobId, "answer", bindings);
    expect(message.ack).toHaveBeenCalledTimes(1);
    if (times > 1) {
      expect(await stateOf(jobOf(jobId))).toMatchObject({
        stage: "reward",
        attempt: 0,
        error: null,
      });
      const alone = await deliverStage(jobId, "reward", bindings);
      expect(alone.ack).toHaveBeenCalledTimes(1);
    }
    // What was read too late is read already when the stage runs again.
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await stateOf(jobOf(jobId))).toMatchObject({
      status: "completed",
      nextSeq: 10,
      checkpoints: { reward: { reward: { already_owned: false } } },
    });
  });
});

describe("delivery at least once", () => {
  it("records each stage once and pays each model call once when every message is delivered twice", async () => {
    const { jobId, state, words } = await aJob();
    for (const stage of stageNames) {
      const twice = [
        buildMessage<unknown>(stageMessage(jobId, stage)),
        buildMessage<unknown>(stageMessage(jobId, stage)),
      ];
      await deliver(queueName(stage), twice);
      const again = await deliverStage(jobId, stage);
      for (const message of [...twice, again]) expect(message.ack).toHaveBeenCalledTimes(1);
    }
    expect(await state()).toMatchObject({ status: "completed", nextSeq: 10 });
    expect((await modelCalls(words)).map(({ kind }) => kind)).toEqual(["vision", "answer"]);
    const { timeline } = (await state()) ?? {};
    expect(Object.values(timeline ?? {}).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
  });

  it("completes the scan in any order, with the object evicted or aborted between deliveries", async () => {
    const { job, jobId, state } = await aJob("", "offline");
    let delivered = 0;
    while ((await state())?.status !== "completed") {
      // A fixed shuffle: each round delivers the stages rotated, so that most come out of order.
      const rotated = stageNames.map(
        (_, index) => stageNames[(index + delivered) % stageNames.length],
      );
      for (const stage of rotated) if (stage) await deliverStage(jobId, stage);
      if (delivered % 2 === 0) await evictDurableObject(job);
      else await abortAllDurableObjects();
      delivered++;
      expect(delivered).toBeLessThan(10);
    }
    expect(await state()).toMatchObject({ nextSeq: 10 });
  });
});

describe("a failing model", () => {
  it("is called again no sooner than its Retry-After", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { jobId, state } = await aJob("[vision:429,ok]");
    const first = await deliverStage(jobId, "vision");
    expect(first.retry).toHaveBeenCalledExactlyOnceWith({ delaySeconds: 7 });
    expect(await state()).toMatchObject({ error: { code: "MODEL_RATE_LIMITED" } });
    const early = await deliverStage(jobId, "vision");
    expect(early.retry).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + 7_000);
    const second = await deliverStage(jobId, "vision");
    expect(second.ack).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({
      stage: "answer",
      error: null,
      timeline: { vision: { attempts: 2 } },
    });
  });

  it.each([
    ["500", "MODEL_UNAVAILABLE"],
    ["malformed", "MODEL_OUTPUT_INVALID"],
    ["illegal", "MODEL_OUTPUT_INVALID"],
    ["empty", "MODEL_OUTPUT_INVALID"],
    ["truncated", "MODEL_OUTPUT_TRUNCATED"],
    ["reset", "MODEL_UNREACHABLE"],
  ])("is retried after %s until the job is parked with %s", async (script, code) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { jobId, state } = await aJob(`[vision:${script}]`);
    for (let attempt = 1; attempt <= 4; attempt++) {
      const message = await deliverStage(jobId, "vision");
      // The last one parks the job, which sends its dead letter itself.
      expect(message.retry).toHaveBeenCalledTimes(attempt < 4 ? 1 : 0);
      expect(message.ack).toHaveBeenCalledTimes(attempt < 4 ? 0 : 1);
      vi.setSystemTime(Date.now() + 120_000);
    }
    expect(await state()).toMatchObject({
      status: "parked",
      error: { code },
      timeline: { vision: { attempts: 4 } },
    });
  });

  it.each([
    ["401", "MODEL_UNAUTHORIZED"],
    ["400", "MODEL_REQUEST_REJECTED"],
    ["refusal", "MODEL_REFUSED"],
    ["filtered", "MODEL_REFUSED"],
  ])("fails the job after %s at once with %s", async (script, code) => {
    const { jobId, state } = await aJob(`[vision:${script}]`);
    const message = await deliverStage(jobId, "vision");
    expect(message.ack).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({ status: "failed", error: { code } });
  });

  it("is aborted at the deadline, and the job is parked after four attempts", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { jobId, state } = await aJob("[vision:silent]");
    const impatient = stageConsumer({ ...vision, deadlineMs: 50 });
    for (let attempt = 1; attempt <= 4; attempt++) {
      const message = buildMessage(stageMessage(jobId, "vision"));
      await impatient(buildBatch("scan-vision", [message]), modelEnv());
      expect(message.retry).toHaveBeenCalledTimes(attempt < 4 ? 1 : 0);
      expect(message.ack).toHaveBeenCalledTimes(attempt < 4 ? 0 : 1);
      expect(await state()).toMatchObject({
        status: attempt < 4 ? "running" : "parked",
        error: { code: "DEADLINE_EXCEEDED" },
      });
      vi.setSystemTime(Date.now() + 120_000);
    }
  });
});

describe("a stage", () => {
  it("is parked when its message waited longer than its time to live", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { jobId, state } = await aJob();
    await deliverStage(jobId, "vision");
    vi.setSystemTime(Date.now() + stageOf("answer").ttlMs + 1);
    const message = await deliverStage(jobId, "answer");
    expect(message.ack).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({ status: "parked", error: { code: "MESSAGE_EXPIRED" } });
  });

  it("is parked when its message became a dead letter after it expired, and can be resumed", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, jobId, state } = await aJob();
    vi.setSystemTime(Date.now() + stageOf("vision").ttlMs);
    const deadLetters = [
      buildMessage<unknown>(stageMessage(jobId, "vision")),
      buildMessage<unknown>("not json"),
    ];
    await deliver("dlq-scan-vision", deadLetters);
    for (const deadLetter of deadLetters) expect(deadLetter.ack).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({ status: "parked" });
    await job.resume("vision", "first");
    for (const stage of stageNames) await deliverStage(jobId, stage);
    expect(await state()).toMatchObject({ status: "completed" });
  });

  it("completes without a reward when the catalog is down", async () => {
    const { jobId, state } = await aJob();
    const down = new Proxy(env.DB, {
      get: () => () => ({ bind: () => ({ first: () => Promise.reject(new Error("D1 is down")) }) }),
    });
    for (const stage of stageNames) await deliverStage(jobId, stage, { ...modelEnv(), DB: down });
    expect(await state()).toMatchObject({
      status: "completed",
      checkpoints: { reward: { reward: null, reward_pending: true } },
    });
  });

  it("is retried when the regulations are incomplete", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, jobId, state } = await aJob();
    const empty = new Proxy(env.REGULATIONS, {
      get: () => (key: string | string[]) =>
        Promise.resolve(typeof key === "string" ? "v1" : new Map(key.map((it) => [it, "?"]))),
    });
    const bindings = { ...modelEnv(), REGULATIONS: empty };
    const sent = await runInDurableObject(job, (instance) =>
      vi.spyOn(instance["env"].SCAN_RULE, "send"),
    );
    // The rule fails behind vision, which is recorded: it goes on alone through its own queue.
    const seen = await deliverStage(jobId, "vision", bindings);
    expect(seen.ack).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({ stage: "rule", attempt: 0, error: null });
    expect(sent.mock.calls).toEqual([[stageMessage(jobId, "rule"), { delaySeconds: 0 }]]);
    const message = await deliverStage(jobId, "rule", bindings);
    expect(message.retry).toHaveBeenCalledTimes(1);
    expect(await state()).toMatchObject({
      stage: "rule",
      attempt: 1,
      error: { code: "REGULATIONS_INVALID" },
    });
    expect(sent).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + 30_000);
    // The version the job keeps to is none; one that is not there cannot become another.
    await deliverStage(jobId, "rule");
    expect(await state()).toMatchObject({ stage: "rule", timeline: { rule: { attempts: 2 } } });
  });
});
