import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { visionPrompt } from "../../src/models/openai/prompts/vision-prompt.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { buildSubmission, completeStages, jobOf } from "../support/job-builders.ts";
import { eraseUser } from "../support/erase-user.ts";
import { opsPost, opsRequest, statusesWithoutToken } from "../support/ops-requests.ts";
import { photos } from "../support/photos.ts";
import { callWorker, followScan, submitText } from "../support/worker-requests.ts";

const by = "kim";
const why = "a complaint";
const Content = z.looseObject({
  words: z.string().nullable(),
  photo: z.object({ state: z.string(), url: z.string().nullable() }).nullable(),
  calls: z.array(z.looseObject({ stage: z.string(), prompt: z.unknown(), output: z.unknown() })),
});
const AuditRow = z.object({ by: z.string(), detail: z.string() });

const show = (jobId: string, body: object = { by, why }, settings: Partial<Env> = {}) =>
  opsPost(`/jobs/${jobId}/content`, body, settings);

async function shown(jobId: string) {
  const response = await show(jobId);
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("private, no-store");
  return Content.parse(await response.json());
}

async function audited(jobId: string) {
  const rows = await env.DB.prepare(
    "SELECT by, detail FROM audit WHERE action = 'job.content' AND target = ?",
  )
    .bind(jobId)
    .all();
  return z.array(AuditRow).parse(rows.results);
}

/** A scan that a hosted model has answered. */
async function answered(request: Partial<ScanRequest> = {}, userId = crypto.randomUUID()) {
  const words = `생수병 ${crypto.randomUUID()}`;
  const submission = buildSubmission(
    { user_input: words, model: "gpt-5.2", region: "서울 강남구", ...request },
    { userId },
  );
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  await completeStages(job);
  return { jobId: submission.jobId, words };
}

/** Photos of a user, as `npm start` stores them. */
async function stored(userId: string) {
  const form = new FormData();
  form.set("image", new File([photos.jpeg], "photo.jpg", { type: "image/jpeg" }));
  form.set("user_input", "생수병");
  const response = await callWorker("/api/v1/scan", { method: "POST", body: form, user: userId });
  return z.object({ job_id: z.string(), stream_url: z.string() }).parse(await response.json());
}

beforeEach(async () => {
  vi.restoreAllMocks();
  // Other tests have looked at content within this hour.
  await env.DB.exec("DELETE FROM audit WHERE action = 'job.content'");
});

describe("the content of a job", () => {
  it("is closed without the token", async () => {
    const { jobId } = await answered();
    const closed = await statusesWithoutToken(`/jobs/${jobId}/content`, "POST");
    expect(closed).toEqual([401, 401, 401, 401]);
    expect(await audited(jobId)).toEqual([]);
  });

  it.each<[string, object]>([
    ["without a reason", { by }],
    ["with a blank one", { by, why: "  " }],
    ["with one that is too long", { by, why: "a".repeat(501) }],
    ["without a name", { why }],
    ["with another field", { by, why, user_id: "kim" }],
  ])("is refused %s, and nothing is noted", async (_, body) => {
    const { jobId, words } = await answered();
    const response = await show(jobId, body);
    expect(response.status).toBe(422);
    expect(await response.text()).not.toContain(words);
    expect(await audited(jobId)).toEqual([]);
  });

  it("has words, region, answer, and the prompt and output of each model call", async () => {
    const { jobId, words } = await answered();
    const content = await shown(jobId);
    expect(content).toMatchObject({
      job_id: jobId,
      words,
      region: "서울 강남구",
      photo: null,
      classification: { classification: { middle_category: "무색페트병" } },
      rule: { name: "무색페트병" },
      answer: { user_answer: "비워 주세요." },
    });
    const [vision, answer] = content.calls;
    expect(vision).toMatchObject({
      stage: "vision",
      provider: "openai",
      prompt: { system: visionPrompt, user: `<resident>${words}</resident>`, photo: false },
      output: { situation_tags: ["내용물_없음"] },
    });
    expect(answer).toMatchObject({ stage: "answer", output: { user_answer: "비워 주세요." } });
    const { user } = z.object({ user: z.string() }).parse(answer?.prompt);
    expect(user).toContain(words);
    expect(user).toContain('"name":"무색페트병"');
    expect(JSON.stringify(content.calls.map(({ output }) => output))).not.toContain('"calls"');
  });

  it("is noted with who and why, before it is answered", async () => {
    const { jobId } = await answered();
    await shown(jobId);
    expect(await audited(jobId)).toEqual([{ by, detail: JSON.stringify({ why }) }]);
  });

  it("stays here when it cannot be noted", async () => {
    const { jobId, words } = await answered();
    vi.spyOn(console, "error").mockReturnValue();
    const prepare = env.DB.prepare.bind(env.DB);
    vi.spyOn(env.DB, "prepare").mockImplementation((query) => {
      if (query.includes("INSERT INTO audit")) throw new Error("D1 is down");
      return prepare(query);
    });
    const response = await show(jobId);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(words);
  });

  it("is shown sixty times an hour, and not noted when it is refused", async () => {
    const { jobId, words } = await answered();
    const row = env.DB.prepare(
      "INSERT INTO audit (at, by, action, target, detail) VALUES (?, 'kim', 'job.content', 'other', '{}')",
    );
    const now = Date.now();
    // Those of earlier hours do not count.
    const times = [...Array.from({ length: 59 }, () => now), now - 2 * 60 * 60 * 1000];
    await env.DB.batch(times.map((at) => row.bind(at)));
    await shown(jobId);
    const response = await show(jobId);
    expect(response.status).toBe(429);
    const retryAfter = Number(response.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThan(3_000);
    expect(retryAfter).toBeLessThanOrEqual(3_600);
    expect(await response.text()).not.toContain(words);
    expect(await audited(jobId)).toHaveLength(1);
  });

  it("has its photo asked for after it is noted alone", async () => {
    const { job_id, stream_url } = await stored(crypto.randomUUID());
    await followScan(stream_url);
    const asked = vi.spyOn(env.IMAGES, "head");
    await shown(job_id);
    expect(asked).toHaveBeenCalledOnce();
    asked.mockClear();
    const row = env.DB.prepare(
      "INSERT INTO audit (at, by, action, target, detail) VALUES (?, 'kim', 'job.content', 'other', '{}')",
    );
    await env.DB.batch(Array.from({ length: 60 }, () => row.bind(Date.now())));
    expect((await show(job_id)).status).toBe(429);
    expect(asked).not.toHaveBeenCalled();
  });

  it("is in no line of the log, and in no event", async () => {
    const { jobId, words } = await answered();
    const lines = vi.spyOn(console, "info").mockReturnValue();
    const others = (["log", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level).mockReturnValue(),
    );
    await shown(jobId);
    for (const { mock } of [lines, ...others])
      expect(JSON.stringify(mock.calls)).not.toContain(words);
    const { results } = await env.DB.prepare("SELECT * FROM audit").all();
    expect(JSON.stringify(results)).not.toContain(words);
  });

  it("has the photo at an address that is stored nowhere and ends with its user", async () => {
    const user = crypto.randomUUID();
    const { job_id, stream_url } = await stored(user);
    await followScan(stream_url);
    const { photo } = await shown(job_id);
    expect(photo?.state).toBe("shown");
    const response = await callWorker(photo?.url ?? "", { user: null });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    const token = new URL(photo?.url ?? "", "http://localhost").searchParams.get("token") ?? "";
    const claims = z
      .object({ iat: z.int().optional(), exp: z.int(), made: z.int() })
      .parse(JSON.parse(atob(token.split(".")[1] ?? "")));
    expect(claims.exp - claims.made / 1000).toBeLessThanOrEqual(121);
    await eraseUser(user);
    expect((await callWorker(photo?.url ?? "", { user: null })).status).toBe(404);
  });

  it("says that a photo is deleted, or elsewhere, or has no address", async () => {
    const user = crypto.randomUUID();
    const { job_id, stream_url } = await stored(user);
    await followScan(stream_url);
    const unsigned = await show(job_id, { by, why }, { SIGNING_SECRET: "" });
    expect(await unsigned.json()).toMatchObject({ photo: { state: "unsigned", url: null } });
    const { objects } = await env.IMAGES.list({ prefix: "scan/" });
    await env.IMAGES.delete(objects.map(({ key }) => key));
    expect(await shown(job_id)).toMatchObject({ photo: { state: "deleted", url: null } });
    const url = "https://example.com/photo.jpg";
    const { jobId } = await answered({ photo: { kind: "url", url } });
    expect(await shown(jobId)).toMatchObject({ photo: { state: "external", url } });
  });

  it("says that it is deleted once the scan is purged or erased, and notes nothing", async () => {
    const user = crypto.randomUUID();
    const scan = await submitText("생수병", { user });
    await followScan(scan.stream_url);
    const known = () =>
      env.DB.prepare("SELECT 1 FROM event_jobs WHERE job_id = ?").bind(scan.job_id).first();
    await vi.waitUntil(known, { timeout: 10_000, interval: 50 });
    await eraseUser(user);
    const response = await show(scan.job_id);
    expect(response.status).toBe(410);
    expect(await response.json()).toMatchObject({ code: "SCAN_PURGED" });
    expect((await opsRequest(`/jobs/${scan.job_id}`)).status).toBe(410);
    expect((await show(crypto.randomUUID())).status).toBe(404);
    expect(await audited(scan.job_id)).toEqual([]);
  });
});

describe("the domain events of a job", () => {
  it("are those that other services read, and have no words", async () => {
    const { jobId, words } = await answered();
    const text = await (await opsRequest(`/jobs/${jobId}/events`)).text();
    const { events } = Events.parse(JSON.parse(text));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["scan.requested", "scan.classified", "scan.completed"]),
    );
    expect(text).not.toContain(words);
    expect(text).not.toContain("비워 주세요.");
    expect((await opsRequest(`/jobs/${crypto.randomUUID()}/events`)).status).toBe(404);
  });
});

const Events = z.object({ events: z.array(z.looseObject({ seq: z.int(), type: z.string() })) });
