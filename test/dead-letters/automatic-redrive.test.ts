import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import {
  DeadLetterPage,
  GroupQuery,
  groupDeadLetters,
  listDeadLetters,
} from "../../src/dead-letters/dead-letter-list.ts";
import {
  claimHeld,
  createRedrive,
  readRedrive,
  RedriveRequest,
} from "../../src/dead-letters/operated-redrives.ts";
import { forEachDeadLetter, redrive } from "../../src/dead-letters/redrive-dead-letter.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { redriveWaitsMs } from "../../src/pipeline/redrive-policy.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { type MatchMessage, StageMessage } from "../../src/pipeline/messages.ts";
import { captured } from "../support/captured-queues-worker.ts";
import { failingObjects, overloaded } from "../support/failing-objects.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { buildMessage, deliver, deliverStage, stageMessage } from "../support/queue-messages.ts";
import { buildParkedJob, exhaustAttempts, deadLetterOf } from "../support/parked-job.ts";
import { jobOf, stageOutputs, completeStages, stateOf } from "../support/job-builders.ts";

const minutes = 60_000;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await env.DB.prepare("DELETE FROM dead_letters").run();
  await pipelineControl(env).unpause("vision");
  await pipelineControl(env).reset("openai");
  // What that has scheduled is not part of the test.
  await runDurableObjectAlarm(env.AUTOMATIC_REDRIVE.getByName("control"));
});
afterEach(() => void vi.useRealTimers());

const byHand = { filter: { source: "vision" }, by: "op", why: "tried by hand" };

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

/** A run of the cron, in an isolate that knows nothing yet. */
const run = () => redriveDue({ ...env });

describe("the dead letter of a stage", () => {
  it("is noted once with its cause, however often its message comes", async () => {
    const { jobId } = await buildParkedJob({ model: "gpt-5.2" }, { userId: "user-9" }, "answer");
    const message = buildMessage<unknown>(stageMessage(jobId, "answer"));
    await deliver("dlq-scan-answer", [message]);
    expect(message.ack).toHaveBeenCalledTimes(1);
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({
      kind: "stage",
      source: "answer",
      job_id: jobId,
      user_id: "user-9",
      error_code: "MODEL_UNAVAILABLE",
      fingerprint: "answer/MODEL_UNAVAILABLE/gpt-5.2/v1",
      attempts: 4,
      redrives: 0,
      status: "parked",
    });
  });

  it.each<[string, unknown]>([
    ["is not JSON", "not json"],
    ["is of an unknown stage", { jobId: crypto.randomUUID(), stage: "recycle", traceparent: "" }],
    ["is null", null],
    ["is 127 KB", "x".repeat(127_000)],
  ])("that %s is archived as it came", async (_, body) => {
    const message = buildMessage(body);
    await deliver("dlq-scan-rule", [message]);
    expect(message.ack).toHaveBeenCalledTimes(1);
    const row = await env.DB.prepare("SELECT * FROM dead_letters WHERE id = ?")
      .bind(message.id)
      .first();
    expect(row).toMatchObject({
      status: "archived",
      kind: "stage",
      source: "rule",
      error_code: "MESSAGE_UNREADABLE",
      body: JSON.stringify(body),
    });
    await run();
    expect(message.retry).not.toHaveBeenCalled();
  });

  it("of a job that does not exist any more is archived as it came", async () => {
    const message = buildMessage<unknown>(stageMessage(crypto.randomUUID(), "vision"));
    await deliver("dlq-scan-vision", [message]);
    expect(message.ack).toHaveBeenCalledTimes(1);
    const row = await env.DB.prepare("SELECT * FROM dead_letters WHERE id = ?")
      .bind(message.id)
      .first();
    const body = JSON.stringify(message.body);
    expect(row).toMatchObject({ status: "archived", error_code: "JOB_NOT_FOUND", body });
  });

  it("of a job that has moved on is acknowledged and not noted", async () => {
    const moved = await buildParkedJob();
    await moved.job.resume("vision", "by hand");
    await completeStages(moved.job);
    const before = await deadLetterOf(moved.jobId);
    const message = buildMessage<unknown>(stageMessage(moved.jobId, "vision"));
    await deliver("dlq-scan-vision", [message]);
    expect(message.ack).toHaveBeenCalledTimes(1);
    expect(await deadLetterOf(moved.jobId)).toEqual(before);
  });

  it("comes again until it could be noted", async () => {
    const { jobId } = await buildParkedJob();
    await env.DB.prepare("DELETE FROM dead_letters").run();
    const message = buildMessage<unknown>(stageMessage(jobId, "vision"));
    await deliver("dlq-scan-vision", [message], crashingEnv(env, 2, "before"));
    expect(message.ack).not.toHaveBeenCalled();
    expect(message.retry).toHaveBeenCalledTimes(1);
    await deliver("dlq-scan-vision", [message]);
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "parked" });
  });

  it.each([1, 2].flatMap((step) => [[step, "before"] as const, [step, "after"] as const]))(
    "is noted once when the process that parks it dies at call %i, %s it has reached the other side",
    async (step, when) => {
      const { jobId, job } = await buildParkedJob();
      await env.DB.prepare("DELETE FROM dead_letters").run();
      const message = buildMessage<unknown>(stageMessage(jobId, "vision"));
      await deliver("dlq-scan-vision", [message], crashingEnv(env, step, when));
      expect(message.ack).not.toHaveBeenCalled();
      await deliver("dlq-scan-vision", [message]);
      expect(await deadLetterOf(jobId)).toMatchObject({ status: "parked", redrives: 0 });
      const { nextSeq } = (await stateOf(job)) ?? {};
      await deliver("dlq-scan-vision", [message]);
      expect((await stateOf(job))?.nextSeq).toBe(nextSeq);
    },
  );

  it("is sent again by its job every hour, in case it was lost on its way", async () => {
    const { job } = await buildParkedJob();
    const state = () => stateOf(job);
    wait(61 * minutes);
    await job.recover();
    expect((await state())?.status).toBe("parked");
    const jobId = (await state())?.jobId ?? "";
    const sent = () =>
      captured.filter(
        ({ queue, body }) =>
          queue === "dlq-scan-vision" && StageMessage.safeParse(body).data?.jobId === jobId,
      );
    // Once when it was parked, and once more.
    await vi.waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent().at(-1)?.body).toEqual(stageMessage(jobId, "vision"));
    const message = await deliverStage(jobId, "vision");
    expect(message.ack).toHaveBeenCalledTimes(1);
  });
});

describe("the automatic redrive", () => {
  it("resumes what is parked with what was paid for, and notes that it recovered", async () => {
    const { jobId, job, state } = await buildParkedJob({}, {}, "answer");
    await run();
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({ status: "redriving", redrives: 1 });
    expect(await state()).toMatchObject({
      status: "running",
      attempt: 0,
      checkpoints: { vision: stageOutputs.vision, rule: stageOutputs.rule },
    });
    await deliverStage(jobId, "answer");
    expect((await stateOf(job))?.status).toBe("completed");
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({ status: "recovered" });
  });

  it("comes three times with growing waits, then gives up and tells the client", async () => {
    const { jobId, state } = await buildParkedJob();
    for (const [redrives, waitMs] of redriveWaitsMs.entries()) {
      if (waitMs > 0) {
        wait(waitMs - 1_000);
        await run();
        expect(await deadLetterOf(jobId)).toMatchObject({ status: "parked", redrives });
        wait(1_000);
      }
      await run();
      expect(await deadLetterOf(jobId)).toMatchObject({
        status: "redriving",
        redrives: redrives + 1,
      });
      await exhaustAttempts(jobId, "vision");
    }
    await run();
    expect(await state()).toMatchObject({
      status: "failed",
      error: { code: "REDRIVES_USED_UP" },
      redrives: 3,
    });
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "archived" });
    wait(24 * 60 * minutes);
    await run();
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "archived", redrives: 3 });
  });

  it("takes at most fifty of a stage, and one of each user before the second of any", async () => {
    const greedy = await Promise.all(
      Array.from({ length: 55 }, () => buildParkedJob({}, { userId: "greedy" })),
    );
    wait(1_000);
    const modest = await buildParkedJob({}, { userId: "modest" });
    await run();
    const { results } = await env.DB.prepare(
      "SELECT user_id, COUNT(*) AS taken FROM dead_letters WHERE status = 'redriving' GROUP BY user_id",
    ).all();
    expect(results).toEqual([
      { user_id: "greedy", taken: 49 },
      { user_id: "modest", taken: 1 },
    ]);
    expect(await deadLetterOf(modest.jobId)).toMatchObject({ status: "redriving" });
    expect(greedy).toHaveLength(55);
  });

  it("leaves a paused stage alone", async () => {
    const { jobId } = await buildParkedJob();
    await pipelineControl(env).pause("vision", { reason: "점검", by: "op", until: null });
    await run();
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "parked", redrives: 0 });
    await pipelineControl(env).unpause("vision");
    await run();
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "redriving" });
  });

  it("leaves the models of a provider alone whose breaker is open", async () => {
    const broken = await buildParkedJob({ model: "gpt-5.2" });
    const other = await buildParkedJob({ model: "offline" });
    const control = pipelineControl(env);
    for (let seen = 0; seen < breakerLimits.failures; seen++) await control.failed("openai", null);
    await run();
    expect(await deadLetterOf(broken.jobId)).toMatchObject({ status: "parked" });
    expect(await deadLetterOf(other.jobId)).toMatchObject({ status: "redriving" });
  });

  it("sends one job as a probe while the breaker is half-open, and the others when it succeeded", async () => {
    const jobs = await Promise.all(
      Array.from({ length: 3 }, () => buildParkedJob({ model: "gpt-5.2" })),
    );
    const control = pipelineControl(env);
    for (let seen = 0; seen < breakerLimits.failures; seen++) await control.failed("openai", null);
    wait(breakerLimits.openMs);
    await run();
    const statuses = async () =>
      (await Promise.all(jobs.map(({ jobId }) => deadLetterOf(jobId)))).map((it) => it?.status);
    expect(Map.groupBy(await statuses(), (it) => it).get("redriving")).toHaveLength(1);
    await control.succeeded("openai");
    await runDurableObjectAlarm(env.AUTOMATIC_REDRIVE.getByName("control"));
    expect(await statuses()).toEqual(["redriving", "redriving", "redriving"]);
  });

  it("comes at once when the breaker closes, whatever its wait, for what the outage has parked", async () => {
    const outage = await buildParkedJob({ model: "gpt-5.2" });
    await run();
    await exhaustAttempts(outage.jobId, "vision");
    const other = await buildParkedJob({ model: "gpt-5.2" });
    await run();
    await exhaustAttempts(other.jobId, "vision");
    await env.DB.prepare(
      "UPDATE dead_letters SET error_code = 'MODEL_OUTPUT_INVALID' WHERE job_id = ?",
    )
      .bind(other.jobId)
      .run();
    const control = pipelineControl(env);
    for (let seen = 0; seen < breakerLimits.failures; seen++) await control.failed("openai", null);
    await control.succeeded("openai");
    await runDurableObjectAlarm(env.AUTOMATIC_REDRIVE.getByName("control"));
    expect(await deadLetterOf(outage.jobId)).toMatchObject({ status: "redriving", redrives: 2 });
    expect(await deadLetterOf(other.jobId)).toMatchObject({ status: "parked", redrives: 1 });
  });

  it.each([
    ["is ended by hand", null],
    ["is over", 60_000],
  ])("comes at once when a pause %s, for what it has parked", async (_, lastsMs) => {
    const { jobId } = await buildParkedJob();
    await env.DB.prepare(
      "UPDATE dead_letters SET error_code = 'MESSAGE_EXPIRED', next_redrive_at = ?",
    )
      .bind(Date.now() + 60 * minutes)
      .run();
    const until = lastsMs && Date.now() + lastsMs;
    await pipelineControl(env).pause("vision", { reason: "점검", by: "op", until });
    if (lastsMs) wait(lastsMs);
    else await pipelineControl(env).unpause("vision");
    await runDurableObjectAlarm(env.AUTOMATIC_REDRIVE.getByName("control"));
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "redriving", redrives: 1 });
  });

  it("leaves what an outage has parked alone when a pause ends", async () => {
    const { jobId } = await buildParkedJob();
    const control = pipelineControl(env);
    await control.pause("vision", { reason: "점검", by: "op", until: null });
    await control.unpause("vision");
    await runDurableObjectAlarm(env.AUTOMATIC_REDRIVE.getByName("control"));
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "parked", redrives: 0 });
  });

  it("is not used up by redrives by hand", async () => {
    const { jobId, job } = await buildParkedJob();
    for (let round = 1; round <= 4; round++) {
      wait(1);
      await createRedrive(env.DB, `by hand ${round}`, RedriveRequest.parse(byHand), Date.now());
      const redriveOf = await readRedrive(env.DB, `by hand ${round}`);
      if (!redriveOf) throw new Error("The redrive is not recorded");
      const claimed = await claimHeld(env.DB, redriveOf, 10, Date.now());
      await forEachDeadLetter(claimed, (it) => redrive(env, it), env);
      await exhaustAttempts(jobId, "vision");
    }
    expect(await deadLetterOf(jobId)).toMatchObject({ redrives: 4, automatic_redrives: 0 });
    await run();
    expect(await stateOf(job)).toMatchObject({ status: "running", redrives: 5 });
    expect(await deadLetterOf(jobId)).toMatchObject({ status: "redriving", automatic_redrives: 1 });
  });

  it("goes back to the stage that a re-answer names when it died before the job was called", async () => {
    const { jobId, job } = await buildParkedJob({}, {}, "answer");
    wait(1);
    const again = {
      ...byHand,
      filter: { source: "answer" },
      action: "re-answer",
      from_stage: "vision",
    };
    await createRedrive(env.DB, "re-answer", RedriveRequest.parse(again), Date.now());
    const redriveOf = await readRedrive(env.DB, "re-answer");
    if (!redriveOf) throw new Error("The redrive is not recorded");
    wait(1);
    // It claims, and dies.
    expect(await claimHeld(env.DB, redriveOf, 10, Date.now())).toHaveLength(1);
    wait(5 * minutes);
    await run();
    expect(await stateOf(job)).toMatchObject({
      status: "running",
      stage: "vision",
      checkpoints: {},
    });
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({ redrives: 1 });
  });

  it("moves each dead letter once when two runs come at once", async () => {
    const jobs = await Promise.all(Array.from({ length: 30 }, () => buildParkedJob()));
    await Promise.all([run(), run(), run()]);
    for (const { jobId, state } of jobs) {
      expect(await deadLetterOf(jobId)).toMatchObject({ status: "redriving", redrives: 1 });
      expect(await state()).toMatchObject({ status: "running", redrives: 1 });
    }
  });

  it("forgets what was settled a week ago, and nothing else", async () => {
    const settled = await buildParkedJob();
    await settled.job.cancel("user-1");
    await run();
    expect(await deadLetterOf(settled.jobId)).toMatchObject({ status: "archived" });
    wait(7 * 24 * 60 * minutes + 1);
    const fresh = await buildParkedJob();
    await run();
    expect(await deadLetterOf(settled.jobId)).toBeNull();
    expect(await deadLetterOf(fresh.jobId)).not.toBeNull();
  });
});

describe("a process that dies in a redrive", () => {
  /** As many calls as a run with three dead letters makes: the claims, the jobs, the notes. */
  const steps = Array.from({ length: 24 }, (_, index) => index + 1);

  it.each(steps.flatMap((step) => [[step, "before"] as const, [step, "after"] as const]))(
    "at call %i, %s it has reached the other side, loses no dead letter and redrives none twice",
    async (step, when) => {
      const jobs = [
        await buildParkedJob({}, { userId: "a" }),
        await buildParkedJob({}, { userId: "b" }, "answer"),
        await buildParkedJob({}, { userId: "c" }),
      ];
      // One has had its share, and is to be given up.
      await env.DB.prepare(
        "UPDATE dead_letters SET redrives = 3, automatic_redrives = 3 WHERE job_id = ?",
      )
        .bind(jobs[2]?.jobId)
        .run();
      await redriveDue(crashingEnv(env, step, when)).catch(() => null);
      for (let later = 0; later < 3; later++) {
        wait(5 * minutes);
        await run();
      }
      const [first, second, third] = jobs;
      for (const job of [first, second]) {
        const deadLetter = await deadLetterOf(job?.jobId ?? "", job?.stage);
        expect(deadLetter).toMatchObject({ status: "redriving", redrives: 1 });
        expect(await job?.state()).toMatchObject({ status: "running", redrives: 1 });
      }
      expect(await third?.state()).toMatchObject({ status: "failed", redrives: 0 });
      expect(await deadLetterOf(third?.jobId ?? "")).toMatchObject({ status: "archived" });
    },
  );
});

describe("a paused stage", () => {
  it("lets its messages come again later, and uses up neither attempts nor the queue's retries", async () => {
    const { jobId, job } = await buildParkedJob();
    await job.resume("vision", "by hand");
    await pipelineControl(env).pause("vision", { reason: "점검 중", by: "op", until: null });
    for (let round = 0; round < 5; round++) {
      const message = await deliverStage(jobId, "vision", { ...env });
      expect(message.ack).toHaveBeenCalledTimes(1);
      expect(await stateOf(job)).toMatchObject({ status: "running", attempt: 0, error: null });
      wait(minutes);
    }
    await pipelineControl(env).unpause("vision");
    await deliverStage(jobId, "vision", { ...env });
    expect(await stateOf(job)).toMatchObject({ stage: "answer" });
  });
});

describe("a paused stage that follows in the same place", () => {
  it("is not run there, either: its own message waits for it", async () => {
    const { jobId, job } = await buildParkedJob();
    await job.resume("vision", "by hand");
    await pipelineControl(env).pause("rule", { reason: "점검", by: "op", until: null });
    await deliverStage(jobId, "vision", { ...env });
    expect(await stateOf(job)).toMatchObject({ stage: "rule", attempt: 0, status: "running" });
    await deliverStage(jobId, "rule", { ...env });
    expect(await stateOf(job)).toMatchObject({ stage: "rule", attempt: 0 });
    await pipelineControl(env).unpause("rule");
    wait(minutes);
    await deliverStage(jobId, "rule", { ...env });
    expect(await stateOf(job)).toMatchObject({ stage: "answer" });
  });
});

describe("a run of the cron", () => {
  beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
  afterEach(() => void vi.restoreAllMocks());

  const usedUp = "UPDATE dead_letters SET automatic_redrives = 3 WHERE user_id = ?";

  it("gives up what has used up its redrives behind fifty that cannot be", async () => {
    const insert = `INSERT INTO dead_letters (id, kind, source, error_code, error_message, fingerprint, status,
        first_seen_at, last_seen_at, next_redrive_at, body, automatic_redrives)
      VALUES (?, 'write', 'character-match', 'X', 'x', 'x', 'parked', 1, 1, ?, ?, 3)`;
    const match = { jobId: crypto.randomUUID(), userId: "u", middleCategory: "종이", endedAt: 1 };
    const body = JSON.stringify(match satisfies MatchMessage);
    const ids = Array.from({ length: 50 }, (_, nth) => `unreachable-${nth}`);
    await env.DB.batch([
      ...ids.map((id) => env.DB.prepare(insert).bind(id, 1, body)),
      env.DB.prepare(insert).bind("behind", 2, "not JSON"),
    ]);
    const bindings = { ...env, USER_ACCOUNT: failingObjects(env.USER_ACCOUNT, overloaded) };
    await redriveDue(bindings);
    await redriveDue(bindings);
    const status = env.DB.prepare("SELECT status FROM dead_letters WHERE id = 'behind'");
    expect(await status.first("status")).toBe("archived");
  });

  it("wakes a job behind a hundred that cannot be", async () => {
    const { job, jobId } = await buildParkedJob();
    await job.resume("vision", "by hand");
    await job.claim("vision", "one that dies");
    await job.recover();
    wait(11 * minutes);
    const names = Array.from({ length: 100 }, (_, nth) => `unreachable-${nth}`);
    await env.DB.batch(
      names.map((name) =>
        env.DB.prepare("INSERT INTO open_jobs (job_id, wakes_at) VALUES (?, 1)").bind(name),
      ),
    );
    const SCAN_JOB = new Proxy(env.SCAN_JOB, {
      get: (target, key): unknown =>
        key === "getByName"
          ? (name: string) =>
              names.includes(name)
                ? failingObjects(target, overloaded).getByName(name)
                : jobOf(name)
          : Reflect.get(target, key),
    });
    await redriveDue({ ...env, SCAN_JOB });
    await redriveDue({ ...env, SCAN_JOB });
    expect((await stateOf(jobOf(jobId)))?.error?.code).toBe("ATTEMPT_LOST");
    await env.DB.exec("DELETE FROM open_jobs");
  });

  it("redrives the other sources, and does the rest, when one of them fails", async () => {
    const { jobId } = await buildParkedJob({}, { userId: "exhausted" }, "answer");
    await env.DB.prepare(usedUp).bind("exhausted").run();
    await env.DB.exec(
      "CREATE TRIGGER refuse BEFORE UPDATE ON dead_letters WHEN old.source = 'vision' BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    await buildParkedJob({}, { userId: "other" });
    const old =
      "INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload, created_at, expires_at)";
    await env.DB.exec(`${old} VALUES ('old', 'j', 'u', 'https://x', 'scan.completed', '{}', 1, 1)`);
    await expect(run()).rejects.toThrow("broken");
    await env.DB.exec("DROP TRIGGER refuse");
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({ status: "archived" });
    expect(
      await env.DB.prepare("SELECT 1 FROM webhook_deliveries WHERE id = 'old'").first(),
    ).toBeNull();
  });
});

describe("a job that has lost its alarm", () => {
  it("is found by the sweep, and woken", async () => {
    const { jobId, job } = await buildParkedJob();
    await job.resume("vision", "by hand");
    await job.claim("vision", "one that dies");
    await job.recover();
    wait(11 * minutes);
    await run();
    expect((await stateOf(job))?.error?.code).toBe("ATTEMPT_LOST");
    await completeStages(jobOf(jobId));
    await run();
    wait(2 * 60 * minutes);
    await run();
    const listed = env.DB.prepare("SELECT 1 FROM open_jobs WHERE job_id = ?").bind(jobId);
    expect(await listed.first()).toBeNull();
  });
});

describe("the list of dead letters", () => {
  it("lists each dead letter once, page by page, and groups them by cause", async () => {
    const jobs = await Promise.all(Array.from({ length: 7 }, () => buildParkedJob()));
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listDeadLetters(
        env.DB,
        DeadLetterPage.parse({ limit: 3, ...(cursor && { cursor }) }),
      );
      ids.push(...page.dead_letters.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(ids.toSorted()).toEqual(jobs.map(({ jobId }) => `${jobId}:vision`).toSorted());
    expect(await groupDeadLetters(env.DB, GroupQuery.parse({}))).toMatchObject([
      { fingerprint: "vision/MODEL_UNAVAILABLE/offline/-", dead_letters: 7, users: 1 },
    ]);
  });
});
