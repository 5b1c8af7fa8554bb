import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { notFound } from "../../src/pipeline/refusals.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { eraseUser } from "../support/erase-user.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  failure,
  jobOf,
  stateOf,
} from "../support/job-builders.ts";
import { opsPost, opsRequest, statusesWithoutToken } from "../support/ops-requests.ts";
import { callWorker } from "../support/worker-requests.ts";

const order = { by: "kim", why: "Was it the label?" };
const soon = { timeout: 15_000, interval: 50 };
const Started = z.object({ job_id: z.uuid() });
const Logged = z.object({ type: z.string(), data: z.string() });
const noQuota = { perDay: null, atOnce: null };

/** A scan of a resident that has ended, by its words. */
async function aScan(request: Partial<ScanRequest> = {}, user = crypto.randomUUID()) {
  const words = `생수병 ${crypto.randomUUID()}`;
  const account = env.USER_ACCOUNT.getByName(user);
  const { jobId } = await account.admit(crypto.randomUUID(), noQuota);
  const whole = { user_input: words, model: "gpt-5.2", ...request };
  const job = jobOf(jobId);
  await job.submit(buildSubmission(whole, { userId: user, jobId }));
  await completeStages(job);
  return { jobId, user, words };
}

const run = (jobId: string, changes: object = {}) =>
  opsPost(`/jobs/${jobId}/tests`, { ...order, ...changes });

async function started(jobId: string, changes: object = {}): Promise<string> {
  const response = await run(jobId, changes);
  expect(response.status).toBe(202);
  return Started.parse(await response.json()).job_id;
}

const ended = (id: string) =>
  vi.waitUntil(async () => {
    const state = await stateOf(jobOf(id));
    return state?.endedAt ? state : null;
  }, soon);

async function audited(action: string, target: string) {
  const { results } = await env.DB.prepare("SELECT * FROM audit WHERE action = ? AND target = ?")
    .bind(action, target)
    .all();
  return results;
}

/** What the event log has of a user, once it has a number of events. */
async function eventsOf(jobId: string) {
  const { results } = await env.DB.prepare(
    `SELECT event.value ->> 'type' AS type, event.value ->> 'data' AS data
    FROM event_segments, json_each('[' || replace(trim(events, char(10)), char(10), ',') || ']') AS event
    WHERE event.value ->> 'job_id' = ?`,
  )
    .bind(jobId)
    .all();
  return z.array(Logged).parse(results);
}

beforeEach(async () => {
  vi.restoreAllMocks();
  await env.DB.exec("DELETE FROM audit WHERE action IN ('job.test', 'job.compare')");
});

describe("a test scan", () => {
  it("is closed without the token, and refused without a reason", async () => {
    const { jobId } = await aScan();
    const closed = await statusesWithoutToken(`/jobs/${jobId}/tests`, "POST");
    expect(closed).toEqual([401, 401, 401, 401]);
    expect((await opsPost(`/jobs/${jobId}/tests`, { by: "kim" })).status).toBe(422);
    expect((await run(jobId, { user_input: "가".repeat(1_001) })).status).toBe(422);
    expect(await audited("job.test", jobId)).toEqual([]);
  });

  it("runs with other words and another model, and is noted without the words", async () => {
    const { jobId, words } = await aScan();
    const other = `신문지 ${crypto.randomUUID()}`;
    const id = await started(jobId, { user_input: other, model: "offline" });
    const state = await ended(id);
    expect(state).toMatchObject({
      status: "completed",
      test: { of: jobId },
      request: { user_input: other, model: "offline", callback_url: null, reuse: false },
      checkpoints: { vision: { classification: { middle_category: "종이" } } },
    });
    const [row] = await audited("job.test", jobId);
    expect(row).toMatchObject({ by: "kim" });
    expect(JSON.stringify(row)).toContain(order.why);
    for (const text of [words, other]) expect(JSON.stringify(row)).not.toContain(text);
  });

  it("gives no character, counts for no quota, is in no history, and changes nothing of its scan", async () => {
    const { jobId, user } = await aScan();
    const account = env.USER_ACCOUNT.getByName(user);
    const before = await stateOf(jobOf(jobId));
    const owned = (await account.characters(user)).map(({ code }) => code);
    // It would give a character.
    const id = await started(jobId, { user_input: "라벨을 뗀 투명 생수병", model: "offline" });
    const state = await ended(id);
    expect(state.checkpoints.reward).toEqual({ reward: null, reward_pending: false });
    expect((await account.characters(user)).map(({ code }) => code)).toEqual(owned);
    expect(await account.historySize()).toBe(1);
    const limits = { perDay: 2, atOnce: 5 };
    expect(await account.admit(crypto.randomUUID(), limits)).toMatchObject({ admitted: true });
    expect(await stateOf(jobOf(jobId))).toEqual(before);
  });

  it("has one event, which is no scan's, and is listed as a test with its cost", async () => {
    const { jobId } = await aScan();
    const id = await started(jobId, { model: "offline" });
    await ended(id);
    const events = await vi.waitUntil(async () => {
      const found = await eventsOf(id);
      return found.length > 0 ? found : null;
    }, soon);
    expect(events.map(({ type }) => type)).toEqual(["scan.tested"]);
    expect(JSON.parse(events[0]?.data ?? "")).toMatchObject({ of: jobId, cost_micro_usd: 0 });
    const listed = await (await opsRequest(`/jobs?q=${id}`)).json();
    expect(listed).toMatchObject({ jobs: [{ job_id: id, test_of: jobId, status: "completed" }] });
  });

  it("is nobody's for its resident, who neither reads, confirms, finishes nor cancels it", async () => {
    const { jobId, user } = await aScan();
    const id = await started(jobId, { model: "offline" });
    const json = { "content-type": "application/json" };
    for (const [path, method] of [
      ["", "GET"],
      ["/result", "GET"],
      ["/events", "GET"],
      ["", "DELETE"],
      ["/confirm", "POST"],
      ["/steps-done", "POST"],
    ] as const) {
      const init = method === "POST" ? { body: "{}", headers: json } : {};
      const response = await callWorker(`/api/v1/scan/${id}${path}`, { user, method, ...init });
      expect([404, 422], `${method} ${path}`).toContain(response.status);
    }
    const confirmed = await jobOf(id).finishSteps(user);
    expect(confirmed).toBe(notFound);
    expect((await ended(id)).status).toBe("completed");
  });

  it("fails where a scan would be parked, and leaves no dead letter", async () => {
    const { user } = await aScan();
    const submission = {
      ...buildSubmission({ model: "gpt-5.2" }, { userId: user }),
      test: { of: "x" },
    };
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    for (let attempt = 0; attempt < 4; attempt++) {
      const lease = await claimStage(job, "vision").catch(() => null);
      if (lease) await job.retry("vision", lease, failure, { retryAfterMs: 0 });
    }
    expect(await stateOf(job)).toMatchObject({ status: "failed", parkedAt: null, error: failure });
    const letters = await env.DB.prepare("SELECT * FROM dead_letters WHERE job_id = ?")
      .bind(submission.jobId)
      .all();
    expect(letters.results).toEqual([]);
  });

  it("takes configured models, and words or a photo", async () => {
    const { jobId } = await aScan();
    const unknown = await run(jobId, { model: "gpt-99" });
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({ code: "UNSUPPORTED_MODEL" });
    const nothing = await run(jobId, { user_input: "", model: "offline" });
    expect(await nothing.json()).toMatchObject({ code: "IMAGE_URL_REQUIRED" });
    expect((await run(crypto.randomUUID())).status).toBe(404);
    expect(await audited("job.test", jobId)).toEqual([]);
  });

  it("runs thirty times an hour", async () => {
    const { jobId } = await aScan();
    const row = env.DB.prepare(
      "INSERT INTO audit (at, by, action, target, detail) VALUES (?, 'kim', 'job.test', 'x', '{}')",
    ).bind(Date.now());
    await env.DB.batch(Array.from({ length: 30 }, () => row));
    expect((await run(jobId, { model: "offline" })).status).toBe(429);
  });

  it("is erased with the resident whose content it has, and so is who it was of in its event", async () => {
    const { jobId, user } = await aScan();
    const id = await started(jobId, { model: "offline" });
    await ended(id);
    await vi.waitUntil(async () => (await eventsOf(id)).length > 0, soon);
    await eraseUser(user);
    expect(await jobOf(id).inspect()).toBe(notFound);
    expect(await jobOf(id).content()).toBe(notFound);
    const account = env.USER_ACCOUNT.getByName(user);
    expect(await account.jobs()).toEqual([]);
    expect(await account.isEmpty()).toBe(true);
    const [event] = await eventsOf(id);
    expect(JSON.parse(event?.data ?? "")).toMatchObject({ redacted: true, status: "completed" });
    const { results } = await env.DB.prepare("SELECT * FROM event_segments").all();
    expect(JSON.stringify(results)).not.toContain(user);
  });

  it("says when its events may be, for the erasure that looks for them", async () => {
    const account = env.USER_ACCOUNT.getByName(crypto.randomUUID());
    const at = await account.admitTestScan(crypto.randomUUID());
    expect(await account.ranges()).toEqual([{ from: at, to: expect.any(Number) }]);
    expect(await account.isEmpty()).toBe(false);
    // It came behind the erasure of the jobs: the next pass has to find it.
    await account.erase();
    expect(await account.jobs()).toHaveLength(1);
    await account.releaseJobs(await account.jobs());
    await account.erase();
    expect(await account.isEmpty()).toBe(true);
  });

  it("leaves nothing when its resident is erased while it is submitted", async () => {
    const { jobId, user } = await aScan();
    const account = env.USER_ACCOUNT.getByName(user);
    const ids = vi.spyOn(crypto, "randomUUID");
    const submit = vi.spyOn(env.USER_ACCOUNT, "getByName");
    // The erasure runs after the content was read, and before the account is asked whether it has.
    let calls = 0;
    submit.mockImplementation((name) => {
      const stub = env.USER_ACCOUNT.get(env.USER_ACCOUNT.idFromName(name));
      if (name === user && ++calls === 2) void stub.markErased();
      return stub;
    });
    const response = await run(jobId, { model: "offline" });
    expect(response.status).toBe(404);
    submit.mockRestore();
    const made = ids.mock.results.flatMap(({ value }) =>
      typeof value === "string" ? [value] : [],
    );
    ids.mockRestore();
    const left = await Promise.all((await account.jobs()).map((id) => jobOf(id).inspect()));
    expect(left.filter((state) => state !== notFound && state.test)).toEqual([]);
    expect(made.length).toBeGreaterThan(0);
  });
});

describe("the comparison of a test with its scan", () => {
  it("has both, and is noted first", async () => {
    const { jobId, words } = await aScan();
    const id = await started(jobId, { user_input: "신문지", model: "offline" });
    await ended(id);
    const response = await opsPost(`/jobs/${id}/comparison`, order);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      test: { job_id: id, words: "신문지", model: "offline", status: "completed", cost_usd: 0 },
      original: { job_id: jobId, words, model: "gpt-5.2", answer: { user_answer: "비워 주세요." } },
    });
    expect(await audited("job.compare", id)).toHaveLength(1);
  });

  it("has no other side once that is purged, and is of tests alone", async () => {
    const { jobId } = await aScan();
    const id = await started(jobId, { model: "offline" });
    await ended(id);
    expect((await opsPost(`/jobs/${jobId}/comparison`, order)).status).toBe(404);
    await jobOf(jobId).erase();
    expect(await (await opsPost(`/jobs/${id}/comparison`, order)).json()).toMatchObject({
      original: null,
    });
  });
});
