import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { createRedrive, RedriveRequest } from "../../src/dead-letters/operated-redrives.ts";
import { app } from "../../src/api/app.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { deliverStage, modelEnv } from "../support/queue-messages.ts";
import { damageLog } from "../support/damage-log.ts";
import { faultyD1 } from "../support/faulty-d1.ts";
import { buildParkedJob, exhaustAttempts, deadLetterOf } from "../support/parked-job.ts";

const settings = { ...env, OPS_TOKEN: "ops-secret" };
const headers = { authorization: "Bearer ops-secret", "content-type": "application/json" };

const get = (path: string) => app.request(`/api/v1/ops${path}`, { headers }, settings);
const post = (path: string, body: object, others: Partial<Env> = {}) =>
  app.request(
    `/api/v1/ops${path}`,
    { method: "POST", headers, body: JSON.stringify(body) },
    { ...settings, ...others },
  );
const unreachable = new Proxy(env.PIPELINE_CONTROL, {
  get() {
    throw new Error("The object is out of reach");
  },
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const table of ["dead_letters", "redrives", "redrive_letters"]) {
    await env.DB.prepare(`DELETE FROM ${table}`).run();
  }
});
afterEach(() => void vi.useRealTimers());

const decision = { filter: {}, by: "kim", why: "the provider is back" };

interface Seen {
  id: string;
  status: string;
  outcome: string | null;
  progress: Record<string, number>;
}

/** Letters that were there before the redrive that a test asks for. */
async function parkedJobs(count: number, ...args: Parameters<typeof buildParkedJob>) {
  const jobs = await Promise.all(Array.from({ length: count }, () => buildParkedJob(...args)));
  vi.setSystemTime(Date.now() + 1_000);
  return jobs;
}

async function begin(request: object): Promise<string> {
  const response = await post("/redrives", request);
  expect(response.status).toBe(202);
  const { id } = await response.json<{ id: string }>();
  return id;
}

/** Runs the next slice, if there is one. */
async function slice(id: string): Promise<boolean> {
  const ran = await runDurableObjectAlarm(env.REDRIVE.getByName(id));
  vi.setSystemTime(Date.now() + 1_000);
  return ran;
}

async function untilEnd(id: string): Promise<void> {
  for (let slices = 0; await slice(id); slices++) {
    if (slices > 80) throw new Error("The redrive does not end");
  }
}

async function seen(id: string): Promise<Seen> {
  return (await get(`/redrives/${id}`)).json();
}

const ofStatus = async (jobs: { jobId: string }[], status: string) => {
  const deadLetters = await Promise.all(jobs.map(({ jobId }) => deadLetterOf(jobId)));
  return deadLetters.filter((it) => it?.status === status).length;
};

describe("an operated redrive", () => {
  it("is counted by cause before it is decided, and nothing happens", async () => {
    const jobs = await parkedJobs(3);
    const response = await post("/redrives", { ...decision, dry_run: true });
    expect(await response.json()).toEqual({
      dry_run: true,
      dead_letters: 3,
      groups: [{ fingerprint: "vision/MODEL_UNAVAILABLE/offline/-", dead_letters: 3 }],
      breakers: [],
    });
    expect(await ofStatus(jobs, "parked")).toBe(3);
  });

  it("never takes more than its rate in a slice, and ends when all that matched were taken", async () => {
    const jobs = await parkedJobs(7);
    const id = await begin({ ...decision, rate_per_second: 3 });
    const taken: number[] = [];
    do taken.push(await ofStatus(jobs, "redriving"));
    while (await slice(id));
    expect(taken).toEqual([0, 3, 6, 7, 7]);
    expect(await seen(id)).toMatchObject({ status: "done", progress: { taken: 7, running: 7 } });
    for (const { jobId } of jobs) await deliverStage(jobId, "vision");
    expect(await seen(id)).toMatchObject({ progress: { recovered: 7, running: 0 } });
  });

  it.each<[string, object, number]>([
    ["source", { source: "answer" }, 1],
    ["kind", { kind: "write" }, 0],
    ["fingerprint", { fingerprint: "vision/MODEL_UNAVAILABLE/offline/-" }, 2],
    ["code", { code: "MODEL_UNAVAILABLE" }, 3],
    ["code that none has", { code: "MODEL_REFUSED" }, 0],
    ["model", { model: "offline" }, 3],
    ["regulation version", { regulation_version: "v1" }, 1],
    ["user", { user_id: "user-7" }, 1],
    ["time before which it came", { to: "2020-01-01T00:00:00Z" }, 0],
    ["time from which on it came", { from: "2020-01-01T00:00:00Z" }, 3],
  ])("takes only dead letters of its %s", async (_, filter, dead_letters) => {
    await parkedJobs(1);
    await parkedJobs(1, {}, { userId: "user-7" });
    await parkedJobs(1, {}, {}, "answer");
    const response = await post("/redrives", { ...decision, filter, dry_run: true });
    expect(await response.json()).toMatchObject({ dead_letters });
  });

  it("sends a canary first, and stops when too many of it fail again", async () => {
    const jobs = await parkedJobs(5);
    const canary = { count: 2, max_failed_percent: 40 };
    const id = await begin({ ...decision, canary });
    await slice(id);
    expect(await ofStatus(jobs, "redriving")).toBe(2);
    await slice(id);
    expect(await ofStatus(jobs, "redriving")).toBe(2);
    for (const { jobId } of jobs) {
      if ((await deadLetterOf(jobId))?.status === "redriving")
        await exhaustAttempts(jobId, "vision");
    }
    await slice(id);
    expect(await slice(id)).toBe(false);
    expect(await seen(id)).toMatchObject({
      status: "stopped",
      outcome: "The canary failed: 2 of 2 failed again.",
      progress: { taken: 2, failed_again: 2, left_parked: 3 },
    });
    expect(await ofStatus(jobs, "parked")).toBe(5);
    const rest = { ...decision, filter: { left_by: id } };
    const counted = await post("/redrives", { ...rest, dry_run: true });
    expect(await counted.json()).toMatchObject({ dead_letters: 3 });
    expect(await seen(id)).toMatchObject({ rest: 3 });
    const again = await begin(rest);
    while (await slice(again));
    expect(await seen(again)).toMatchObject({ status: "done", progress: { taken: 3 }, rest: 0 });
    expect(await seen(id)).toMatchObject({ progress: { taken: 2, left_parked: 3 }, rest: 0 });
  });

  it("is listed by as many queries as several are, each with its own progress", async () => {
    const runs: string[] = [];
    const listed = async () => {
      const prepared = vi.spyOn(env.DB, "prepare");
      const { redrives } = await (await get("/redrives")).json<{ redrives: Seen[] }>();
      const queries = prepared.mock.calls.length;
      prepared.mockRestore();
      return { queries, taken: redrives.map(({ progress }) => progress["taken"]) };
    };
    for (const count of [1, 2]) {
      await parkedJobs(count);
      const id = await begin(decision);
      while (await slice(id));
      runs.push(id);
    }
    const two = await listed();
    expect(two.taken).toEqual([2, 1]);
    await env.DB.prepare("DELETE FROM redrives WHERE id = ?").bind(runs[0]).run();
    expect(await listed()).toEqual({ queries: two.queries, taken: [2] });
  });

  it("goes on when the canary came through", async () => {
    const jobs = await parkedJobs(4);
    const id = await begin({ ...decision, canary: { count: 1, max_failed_percent: 0 } });
    await slice(id);
    for (const { jobId } of jobs) {
      if ((await deadLetterOf(jobId))?.status === "redriving") await deliverStage(jobId, "vision");
    }
    while (await slice(id));
    expect(await seen(id)).toMatchObject({ status: "done", progress: { taken: 4, recovered: 1 } });
  });

  it("sends one of an incident's scans first, whose success closes the breaker, and then the rest", async () => {
    const control = pipelineControl(env);
    const bindings = modelEnv();
    const jobs = await parkedJobs(3, { model: "gpt-5.2" });
    await env.DB.prepare("UPDATE dead_letters SET provider = 'openai'").run();
    for (let seen = 0; seen < breakerLimits.failures; seen++) await control.failed("openai", null);
    const filter = { provider: "openai", code: "MODEL_UNAVAILABLE" };
    const canary = { count: 1, max_failed_percent: 0 };
    const id = await begin({ ...decision, filter, canary });
    await slice(id);
    const statuses = await Promise.all(jobs.map(({ jobId }) => deadLetterOf(jobId)));
    const first = jobs[statuses.findIndex((it) => it?.status === "redriving")];
    await deliverStage(first?.jobId ?? "", "vision", bindings);
    // The breaker is open: it waits, without an attempt.
    expect(await first?.state()).toMatchObject({ status: "running", attempt: 0 });
    vi.setSystemTime(Date.now() + breakerLimits.openMs);
    await slice(id);
    expect(await ofStatus(jobs, "redriving")).toBe(1);
    await deliverStage(first?.jobId ?? "", "vision", bindings);
    expect((await control.snapshot()).breakers["openai"]).toBeUndefined();
    await deliverStage(first?.jobId ?? "", "answer", bindings);
    while (await slice(id));
    for (const { jobId } of jobs) await deliverStage(jobId, "vision", bindings);
    expect(await seen(id)).toMatchObject({ status: "done", progress: { taken: 3, recovered: 3 } });
  });

  it("says before it is decided which breakers it meets, since when, and when one call may probe", async () => {
    const control = pipelineControl(env);
    await parkedJobs(2, { model: "gpt-5.2" });
    await env.DB.prepare("UPDATE dead_letters SET provider = 'openai'").run();
    await parkedJobs(1);
    const breakersFor = async (filter: object, settings = {}) => {
      const response = await post("/redrives", { ...decision, filter, dry_run: true }, settings);
      return (await response.json<{ breakers: unknown }>()).breakers;
    };
    for (let seen = 0; seen < breakerLimits.failures; seen++) await control.failed("openai", null);
    const at = Date.now();
    const open = {
      provider: "openai",
      state: "open",
      opened_at: new Date(at).toISOString(),
      next_probe_at: new Date(at + breakerLimits.openMs).toISOString(),
      dead_letters: 2,
    };
    expect(await breakersFor({})).toEqual([open]);
    expect(await breakersFor({ provider: "openai" })).toEqual([open]);
    expect(await breakersFor({ model: "offline" })).toEqual([]);
    vi.setSystemTime(at + breakerLimits.openMs);
    expect(await breakersFor({})).toEqual([{ ...open, state: "half-open" }]);
    expect(await breakersFor({}, { PIPELINE_CONTROL: unreachable })).toBeNull();
    await control.reset("openai");
    expect(await breakersFor({})).toEqual([]);
  });

  it("ends with its canary when it is to probe alone, and leaves the rest parked", async () => {
    const jobs = await parkedJobs(3);
    const canary = { count: 1, max_failed_percent: 0, alone: true };
    const id = await begin({ ...decision, canary });
    await slice(id);
    for (const { jobId } of jobs) {
      if ((await deadLetterOf(jobId))?.status === "redriving") await deliverStage(jobId, "vision");
    }
    while (await slice(id));
    expect(await seen(id)).toMatchObject({
      status: "done",
      outcome: "The canary is through: 1 of 1 recovered.",
      progress: { taken: 1, recovered: 1, left_parked: 2 },
    });
    expect(await ofStatus(jobs, "parked")).toBe(2);
    const rest = { ...decision, filter: { left_by: id }, dry_run: true };
    expect(await (await post("/redrives", rest)).json()).toMatchObject({ dead_letters: 2 });
  });

  it("takes a dead letter once, even when it fails again in the meantime", async () => {
    const [job] = await parkedJobs(1);
    const id = await begin(decision);
    await slice(id);
    await exhaustAttempts(job?.jobId ?? "", "vision");
    while (await slice(id));
    expect(await seen(id)).toMatchObject({ status: "done", progress: { failed_again: 1 } });
    expect(await deadLetterOf(job?.jobId ?? "")).toMatchObject({ status: "parked", redrives: 1 });
  });

  it("keeps what became of its dead letters when another redrive takes them again", async () => {
    const jobs = await parkedJobs(3);
    const failed = await begin(decision);
    await slice(failed);
    for (const { jobId } of jobs) await exhaustAttempts(jobId, "vision");
    while (await slice(failed));
    const record = await seen(failed);
    expect(record.progress).toMatchObject({ taken: 3, failed_again: 3, recovered: 0 });
    const repaired = await begin(decision);
    while (await slice(repaired));
    for (const { jobId } of jobs) await deliverStage(jobId, "vision");
    expect(await seen(repaired)).toMatchObject({ progress: { taken: 3, recovered: 3 } });
    expect(await seen(failed)).toEqual(record);
  });

  it("records that a scan was cancelled on its way", async () => {
    const [job] = await parkedJobs(1);
    const id = await begin(decision);
    while (await slice(id));
    await job?.job.cancel("user-1");
    // The cron asks what became of a redrive that is not settled.
    vi.setSystemTime(Date.now() + 5 * 60_000);
    await redriveDue({ ...env });
    expect(await seen(id)).toMatchObject({
      progress: { taken: 1, running: 0, failed_again: 0, cancelled: 1 },
    });
  });

  it("holds its dead letters, so that neither the cron nor another redrive takes them", async () => {
    const jobs = await parkedJobs(3);
    const id = await begin({ ...decision, rate_per_second: 1 });
    await redriveDue({ ...env });
    expect(await ofStatus(jobs, "parked")).toBe(3);
    const other = await post("/redrives", { ...decision, dry_run: true });
    expect(await other.json()).toMatchObject({ dead_letters: 0 });
    await post(`/redrives/${id}/abort`, { by: "lee" });
    await redriveDue({ ...env });
    expect(await ofStatus(jobs, "redriving")).toBe(3);
    expect(await seen(id)).toMatchObject({ progress: { taken: 0, left_parked: 3 } });
  });

  it("stops before its next slice when it is aborted, and records by whom", async () => {
    const jobs = await parkedJobs(3);
    const id = await begin({ ...decision, rate_per_second: 1 });
    await slice(id);
    const aborted = await post(`/redrives/${id}/abort`, { by: "lee" });
    expect(await aborted.json()).toMatchObject({
      status: "aborted",
      outcome: "Aborted by lee.",
      progress: { taken: 1, left_parked: 2 },
    });
    await slice(id);
    expect(await slice(id)).toBe(false);
    expect(await ofStatus(jobs, "redriving")).toBe(1);
  });

  it("says of two that operators begin at once what each takes, and neither takes a scan of the other", async () => {
    const jobs = await parkedJobs(3);
    const beginAs = async (by: string) => {
      const response = await post("/redrives", { ...decision, by });
      return response.json<{ id: string; dead_letters: number }>();
    };
    const begun = await Promise.all(["kim", "lee"].map(beginAs));
    expect(new Set(begun.map((it) => it.dead_letters))).toEqual(new Set([0, 3]));
    for (const { id } of begun) await untilEnd(id);
    for (const { id, dead_letters } of begun) {
      expect(await seen(id)).toMatchObject({ status: "done", progress: { taken: dead_letters } });
    }
    const letters = await Promise.all(jobs.map(({ jobId }) => deadLetterOf(jobId)));
    expect(letters.map((it) => it?.redrives)).toEqual([1, 1, 1]);
  });

  it("is in the audit once when it is aborted, though the answer to that was lost", async () => {
    await parkedJobs(1);
    const id = await begin(decision);
    const { DB } = faultyD1({ after: "lost" });
    const lost = await post(`/redrives/${id}/abort`, { by: "kim" }, { DB });
    expect(lost.status).toBeGreaterThanOrEqual(500);
    const again = await post(`/redrives/${id}/abort`, { by: "lee" });
    expect(await again.json()).toMatchObject({ status: "aborted", outcome: "Aborted by kim." });
    const { results } = await env.DB.prepare(
      "SELECT by FROM audit WHERE action = 'redrive.abort' AND target = ?",
    )
      .bind(id)
      .all();
    expect(results).toEqual([{ by: "kim" }]);
  });

  it("goes on by the cron when whoever decided it died before it began", async () => {
    const jobs = await parkedJobs(1);
    const id = crypto.randomUUID();
    const request = RedriveRequest.parse({ ...decision, action: "discard" });
    await createRedrive(env.DB, id, request, Date.now());
    await env.DB.prepare("UPDATE dead_letters SET next_redrive_at = ?")
      .bind(Date.now() + 60_000)
      .run();
    await redriveDue({ ...env });
    while (await slice(id));
    expect(await ofStatus(jobs, "discarded")).toBe(1);
  });

  it("discards with its notice, which the client sees", async () => {
    const [job] = await parkedJobs(1);
    const id = await begin({
      ...decision,
      action: "discard",
      why: "broken",
      notice: "사진이 깨져 있어요",
    });
    while (await slice(id));
    expect(await job?.state()).toMatchObject({
      status: "failed",
      error: { code: "DISCARDED", message: "사진이 깨져 있어요" },
    });
    expect(await seen(id)).toMatchObject({ status: "done", progress: { discarded: 1 } });
  });

  it("discards the others when scans cannot be reached, and leaves those parked in the end", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const damaged = await parkedJobs(2);
    for (const { jobId } of damaged) await damageLog(jobId);
    const jobs = await parkedJobs(3);
    const id = await begin({ ...decision, action: "discard", rate_per_second: 1 });
    for (let slices = 0; slices < 8; slices++) await slice(id);
    expect(await ofStatus(jobs, "discarded")).toBe(3);
    await untilEnd(id);
    expect(await seen(id)).toMatchObject({
      status: "done",
      progress: { discarded: 3, left_parked: 2 },
    });
    vi.restoreAllMocks();
  });

  it("is stopped when its canary does not end", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const [canary] = await parkedJobs(1);
    await damageLog(canary?.jobId ?? "");
    const jobs = await parkedJobs(2);
    const id = await begin({ ...decision, canary: { count: 1, max_failed_percent: 0 } });
    for (let slices = 0; slices < 3; slices++) expect(await slice(id)).toBe(true);
    expect(await ofStatus(jobs, "redriving")).toBe(0);
    vi.setSystemTime(Date.now() + 3 * 60 * 60_000);
    await untilEnd(id);
    expect(await seen(id)).toMatchObject({
      status: "stopped",
      outcome: "The canary did not end: 1 of 1 are still on their way.",
      progress: { left_parked: 2 },
    });
    vi.restoreAllMocks();
  });

  it("lets go of what it holds when its order cannot be read", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const [job] = await parkedJobs(1);
    const id = await begin(decision);
    await env.DB.prepare("UPDATE redrives SET request = '{' WHERE id = ?").bind(id).run();
    await untilEnd(id);
    await redriveDue({ ...env });
    expect(await deadLetterOf(job?.jobId ?? "")).toMatchObject({
      status: "redriving",
      redrive_id: null,
    });
    vi.restoreAllMocks();
  });

  it("answers anew from a stage of the operator's choice", async () => {
    const [job] = await parkedJobs(1, {}, {}, "answer");
    const id = await begin({ ...decision, action: "re-answer", from_stage: "vision" });
    while (await slice(id));
    const state = await job?.state();
    expect(state).toMatchObject({ status: "running", stage: "vision", checkpoints: {} });
    await deliverStage(job?.jobId ?? "", "vision");
    await deliverStage(job?.jobId ?? "", "answer");
    expect((await job?.state())?.status).toBe("completed");
  });

  it("leaves an audit row of who did what and why", async () => {
    await parkedJobs(1);
    const id = await begin(decision);
    await post(`/redrives/${id}/abort`, { by: "lee" });
    const { entries } = await (await get("/audit")).json<{ entries: object[] }>();
    expect(entries.slice(0, 2)).toMatchObject([
      { by: "lee", action: "redrive.abort", target: id },
      { by: "kim", action: "redrive.redrive", target: id, detail: { why: decision.why } },
    ]);
  });

  it.each<[string, object]>([
    ["names nobody", { ...decision, by: "" }],
    ["has no reason", { ...decision, why: " " }],
    ["is faster than the platform", { ...decision, rate_per_second: 1_000 }],
    ["filters by what there is not", { ...decision, filter: { colour: "red" } }],
    ["answers anew from nowhere", { ...decision, action: "re-answer" }],
    ["redrives from somewhere", { ...decision, from_stage: "rule" }],
    [
      "answers anew what is no scan",
      { ...decision, action: "re-answer", from_stage: "rule", filter: { kind: "write" } },
    ],
  ])("is refused when it %s", async (_, body) => {
    const response = await post("/redrives", body);
    expect(response.status).toBe(422);
  });
});
