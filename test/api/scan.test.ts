import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ResultBody } from "../../src/pipeline/result-body.ts";
import { photos } from "../support/photos.ts";
import {
  submitText,
  callWorker,
  callApp,
  followScan,
  submitScan,
} from "../support/worker-requests.ts";

afterEach(() => void vi.useRealTimers());

const key = () => ({ headers: { "idempotency-key": crypto.randomUUID() } });

describe("submitting", () => {
  it("answers 202 with relative paths, and result_url ends in the id and /result", async () => {
    const response = await submitScan({ image_url: "https://images.example.com/1.jpg" });
    expect(response.status).toBe(202);
    const { job_id, ...body } = await response.json<{ job_id: string }>();
    expect(body).toEqual({
      status: "queued",
      stream_url: expect.stringMatching(`^/api/v1/scan/${job_id}/events\\?token=`),
      result_url: `/api/v1/scan/${job_id}/result`,
    });
    expect(response.headers.get("location")).toBe(`/api/v1/scan/${job_id}/result`);
  });

  it.each<[string, unknown, number, string]>([
    ["malformed JSON", '{"user_input": ', 400, "MALFORMED_JSON"],
    ["neither a photo nor words", {}, 400, "IMAGE_URL_REQUIRED"],
    ["blank words", { user_input: "  " }, 400, "IMAGE_URL_REQUIRED"],
    ["an unknown model", { user_input: "캔", model: "gpt-1" }, 400, "UNSUPPORTED_MODEL"],
    ["a model without a key", { user_input: "캔", model: "gpt-5.2" }, 400, "UNSUPPORTED_MODEL"],
    [
      "a model that is an essay",
      { user_input: "캔", model: "m".repeat(101) },
      422,
      "VALIDATION_ERROR",
    ],
    ["words that are a number", { user_input: 1 }, 422, "VALIDATION_ERROR"],
    ["a region that is a number", { user_input: "캔", region: 1 }, 422, "VALIDATION_ERROR"],
    [
      "a region that is an essay",
      { user_input: "캔", region: "구".repeat(41) },
      422,
      "VALIDATION_ERROR",
    ],
    ["a reuse that is no yes or no", { user_input: "캔", reuse: "maybe" }, 422, "VALIDATION_ERROR"],
    ["a body that is a list", [], 422, "VALIDATION_ERROR"],
    ["a body that is null", null, 422, "VALIDATION_ERROR"],
    ["too many words", { user_input: "캔".repeat(2001) }, 422, "VALIDATION_ERROR"],
    ["200 KB of text", { user_input: "a".repeat(200_000) }, 413, "PAYLOAD_TOO_LARGE"],
    ["a URL that is none", { image_url: "not a url" }, 422, "VALIDATION_ERROR"],
    [
      "a URL without TLS",
      { image_url: "http://images.example.com/1.jpg" },
      422,
      "VALIDATION_ERROR",
    ],
    ["a file URL", { image_url: "file:///etc/passwd" }, 422, "VALIDATION_ERROR"],
    ["a loopback address", { image_url: "https://127.0.0.1/1.jpg" }, 422, "VALIDATION_ERROR"],
    ["an address in decimal", { image_url: "https://2130706433/1.jpg" }, 422, "VALIDATION_ERROR"],
    ["an IPv6 address", { image_url: "https://[::1]/1.jpg" }, 422, "VALIDATION_ERROR"],
    ["a metadata address", { image_url: "https://169.254.169.254/" }, 422, "VALIDATION_ERROR"],
    ["localhost", { image_url: "https://localhost/1.jpg" }, 422, "VALIDATION_ERROR"],
    ["localhost with a dot", { image_url: "https://localhost./1.jpg" }, 422, "VALIDATION_ERROR"],
    ["a private name", { image_url: "https://db.internal/1.jpg" }, 422, "VALIDATION_ERROR"],
    ["credentials in a URL", { image_url: "https://a:b@example.com/" }, 422, "VALIDATION_ERROR"],
  ])("refuses %s", async (_, body, status, code) => {
    const response = await submitScan(body);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      type: `/problems/${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
    });
  });

  it("names the value that is not valid", async () => {
    const response = await submitScan({ user_input: 1 });
    expect(await response.json()).toMatchObject({
      errors: [{ path: "user_input", message: expect.any(String) }],
    });
  });

  it("lists the models it knows when it refuses one", async () => {
    const response = await submitScan({ user_input: "캔", model: "gpt-1" });
    expect(await response.json()).toMatchObject({ supported_models: ["offline"] });
  });

  it("refuses a body that is neither JSON nor a form", async () => {
    const response = await submitScan("hello", { headers: { "content-type": "text/plain" } });
    expect(response.status).toBe(415);
  });

  it("takes empty fields for absent ones, as forms send them", async () => {
    const response = await submitScan({ image_url: "", user_input: "캔", model: null });
    expect(response.status).toBe(202);
  });
});

describe("a photo in a form", () => {
  const { jpeg, png } = photos;
  const post = (form: FormData, init: Parameters<typeof callWorker>[1] = {}) =>
    callWorker("/api/v1/scan", { method: "POST", body: form, ...init });
  const formOf = (bytes: Uint8Array, type = "image/jpeg") => {
    const form = new FormData();
    form.set("image", new File([new Uint8Array(bytes)], "photo.jpg", { type }));
    return form;
  };

  it("fails with a sentence for the resident when nothing is recognised in it", async () => {
    const response = await post(formOf(jpeg));
    expect(response.status).toBe(202);
    const { stream_url } = await response.json<{ stream_url: string }>();
    const done = (await followScan(stream_url)).at(-1);
    expect(done?.frame.result).toMatchObject({
      status: "failed",
      reward: null,
      pipeline_result: null,
      error: { code: "NOT_RECOGNISED", message: expect.stringContaining("사진") },
    });
  });

  it("is judged by its first bytes, not by what it is called", async () => {
    const response = await post(
      formOf(new TextEncoder().encode("<svg onload=alert(1)>"), "image/png"),
    );
    expect(response.status).toBe(415);
  });

  it("is refused by name when it has no bytes, though there are words", async () => {
    const form = formOf(new Uint8Array(0));
    form.set("user_input", "캔");
    const response = await post(form);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "VALIDATION_ERROR",
      detail: expect.stringContaining("photo is empty"),
      errors: [{ path: "image" }],
    });
  });

  it("is absent when a form's file was not chosen", async () => {
    const form = new FormData();
    form.set("image", new File([], ""));
    form.set("user_input", "캔");
    expect((await post(form)).status).toBe(202);
  });

  it("is refused by name when it cannot be read", async () => {
    const response = await post(formOf(jpeg.subarray(0, 100)));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ path: "image" }] });
  });

  it("is refused when it is too large", async () => {
    const large = new Uint8Array(10 * 1024 * 1024 + 1);
    large.set(jpeg);
    const response = await post(formOf(large));
    expect(response.status).toBe(413);
  });

  it("makes one job when the same photo comes twice under one key, and conflicts with another", async () => {
    const init = key();
    const ids = await Promise.all([post(formOf(jpeg), init), post(formOf(jpeg), init)]);
    const [first, second] = await Promise.all(ids.map((it) => it.json<{ job_id: string }>()));
    expect(second?.job_id).toBe(first?.job_id);
    const other = await post(formOf(png), init);
    expect(other.status).toBe(422);
  });

  it("in a form that cannot be read is a client's error", async () => {
    const response = await callWorker("/api/v1/scan", {
      method: "POST",
      body: "--x\r\nnonsense",
      headers: { "content-type": "multipart/form-data; boundary=y" },
    });
    expect(response.status).toBe(422);
  });
});

describe("an idempotency key", () => {
  it("makes one job of two parallel submits", async () => {
    const init = key();
    const [first, second] = await Promise.all([
      submitText("생수병", init),
      submitText("생수병", init),
    ]);
    expect(second.job_id).toBe(first.job_id);
  });

  it("makes two jobs of two users", async () => {
    const { headers } = key();
    const first = await submitText("생수병", { headers });
    const second = await submitText("생수병", { headers, user: "user-2" });
    expect(second.job_id).not.toBe(first.job_id);
  });

  it("is read under its other name, too", async () => {
    const headers = { "x-idempotency-key": crypto.randomUUID() };
    const first = await submitText("생수병", { headers });
    expect((await submitText("생수병", { headers })).job_id).toBe(first.job_id);
  });

  it("is refused for another body", async () => {
    const init = key();
    await submitText("생수병", init);
    const response = await submitScan({ user_input: "캔" }, init);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  });

  const words = { user_input: "생수병" };
  const sent = {
    image_url: "https://images.example.com/1.jpg",
    ...words,
    region: "서울특별시 강남구",
    callback_url: "https://hooks.example.com/a",
    reuse: false,
  };
  const form = (photo: Uint8Array<ArrayBuffer>) => {
    const body = new FormData();
    body.set("image", new File([photo], "1.jpg"));
    return body;
  };
  const configured = { OPENAI_API_KEY: "sk-1", WEBHOOK_SECRETS: `whsec_${btoa("k".repeat(32))}` };
  /** Submits under settings that a deploy may change. */
  async function deployed(settings: Partial<Env>, sending: object, headers: object) {
    const isForm = sending instanceof FormData;
    const json = isForm ? {} : { "content-type": "application/json" };
    const response = await callApp({ ...configured, ...settings }, "/api/v1/scan", {
      method: "POST",
      body: isForm ? sending : JSON.stringify(sending),
      headers: { "x-user-id": "user-1", ...json, ...headers },
    });
    const answer = await response.json<{ job_id: string; code: string }>();
    return { ...answer, status: response.status };
  }

  it.each([
    ["words", words],
    ["every field but the model", sent],
    ["a photo", form(photos.jpeg)],
  ])("finds the scan of the same %s after DEFAULT_MODEL has changed", async (_, body) => {
    const { headers } = key();
    const first = await deployed({ DEFAULT_MODEL: "offline" }, body, headers);
    const second = await deployed({ DEFAULT_MODEL: "gpt-5.2" }, body, headers);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.job_id).toBe(first.job_id);
  });

  it.each<[string, object, object]>([
    ["photo", form(photos.jpeg), form(photos.png)],
    ["address", sent, { ...sent, image_url: "https://images.example.com/2.jpg" }],
    ["words", sent, { ...sent, user_input: "캔" }],
    ["model", sent, { ...sent, model: "offline" }],
    ["region", sent, { ...sent, region: null }],
    ["callback", sent, { ...sent, callback_url: "https://hooks.example.com/b" }],
    ["choice of callbacks", sent, { ...sent, callback_events: ["scan.answered"] }],
    ["reuse", sent, { ...sent, reuse: true }],
  ])("is refused for another %s", async (_, body, other) => {
    const { headers } = key();
    const settings = { DEFAULT_MODEL: "offline" };
    expect((await deployed(settings, body, headers)).status).toBe(202);
    expect(await deployed(settings, other, headers)).toMatchObject({
      status: 422,
      code: "IDEMPOTENCY_KEY_REUSED",
    });
  });

  it("answers with the end of its scan when the result is deleted", async () => {
    const init = key();
    const { job_id, stream_url } = await submitText("생수병", init);
    await followScan(stream_url);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_601_000 });
    await runDurableObjectAlarm(env.SCAN_JOB.getByName(job_id));
    const again = await submitScan({ user_input: "생수병" }, init);
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({
      job_id,
      ended: { status: "completed", at: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect((await submitScan({ user_input: "캔" }, init)).status).toBe(422);
  });

  it.each(["", " ", "k".repeat(256)])("is refused when it cannot be a key", async (value) => {
    const response = await submitScan(
      { user_input: "캔" },
      { headers: { "idempotency-key": value } },
    );
    expect(response.status).toBe(422);
  });
});

describe("asking", () => {
  it("answers 202 with integers and strings of one type until the end, then 200", async () => {
    const { result_url, stream_url } = await submitText("생수병");
    const before = await callWorker(result_url);
    if (before.status === 202) {
      expect(before.headers.get("retry-after")).toBe("2");
      const body = await before.json<{ progress: unknown }>();
      expect(body).toMatchObject({ status: "processing", current_stage: expect.any(String) });
      expect(Number.isInteger(body.progress)).toBe(true);
    }
    const done = (await followScan(stream_url)).at(-1);
    const after = await callWorker(result_url);
    expect(after.status).toBe(200);
    expect(await after.json()).toEqual(done?.frame.result);
  });

  it("gives the whole result of the main job", async () => {
    const { job_id, result_url, stream_url } = await submitText(
      "깨끗이 헹군 투명 페트병, 라벨 뗐어요",
    );
    await followScan(stream_url);
    const response = await callWorker(result_url);
    const alias = await callWorker(`/api/v1/scan/result/${job_id}`);
    expect(await alias.json()).toEqual(await response.clone().json());
    expect(await response.json()).toMatchObject({
      task_id: job_id,
      status: "completed",
      error: null,
      pipeline_result: {
        classification_result: {
          classification: { major_category: "재활용폐기물", middle_category: "무색페트병" },
          situation_tags: expect.arrayContaining(["비닐_라벨_완전_제거됨", "세척_완료"]),
          meta: { user_input: "깨끗이 헹군 투명 페트병, 라벨 뗐어요" },
        },
        disposal_rules: { key: "재활용폐기물_무색페트병" },
        final_answer: { disposal_steps: { 단계1: expect.any(String) }, insufficiencies: [] },
      },
      reward: { name: "페티", match_reason: "무색페트병>투명 페트병" },
      metadata: { model: "offline", regulation_version: expect.any(String) },
    });
  });

  it("names what else is in the words, and nothing for one item", async () => {
    const otherItems = async (words: string) => {
      const { result_url, stream_url } = await submitText(words);
      await followScan(stream_url);
      const body = await (await callWorker(result_url)).json<ResultBody>();
      return body.pipeline_result?.classification_result.other_items;
    };
    expect(await otherItems("소주병이랑 콜라캔이랑 건전지")).toEqual(["콜라캔", "건전지"]);
    expect(await otherItems("소주병")).toBeUndefined();
  });

  it("names the version, document, date and source of its rule, and the region's", async () => {
    const response = await submitScan({ user_input: "생수병", region: "서울 강남구" });
    const { stream_url, result_url } = await response.json<Record<string, string>>();
    await followScan(stream_url ?? "");
    expect(await (await callWorker(result_url ?? "")).json()).toMatchObject({
      pipeline_result: { disposal_rules: { local: { region: "서울특별시 강남구" } } },
      metadata: {
        regulation_version: expect.stringMatching(/^[0-9a-f]{12}$/),
        regulation: {
          key: "재활용폐기물_무색페트병",
          effective_date: "2026-01-01",
          source: expect.any(String),
          publisher: "기후에너지환경부",
        },
        region: { asked: "서울 강남구", applied: "서울특별시 강남구", note: null },
      },
    });
  });

  it("names the label that is still on, and gives no character", async () => {
    const { result_url, stream_url } = await submitText("라벨 붙은 투명 페트병");
    await followScan(stream_url);
    const response = await callWorker(result_url);
    expect(await response.json()).toMatchObject({
      reward: null,
      pipeline_result: { final_answer: { insufficiencies: [expect.stringContaining("라벨")] } },
    });
  });

  it("shows the timeline and what there is so far", async () => {
    const { job_id, stream_url } = await submitText("생수병");
    await followScan(stream_url);
    const response = await callWorker(`/api/v1/scan/${job_id}`);
    expect(await response.json()).toMatchObject({
      job_id,
      status: "completed",
      progress: 100,
      last_error: null,
      next_retry_at: null,
      usage: { input_tokens: 0, output_tokens: 0 },
      stages: ["vision", "rule", "answer", "reward"].map((stage) => ({
        stage,
        status: "completed",
        attempts: 1,
        started_at: expect.any(String),
        completed_at: expect.any(String),
      })),
      partial_result: { final_answer: { disposal_steps: expect.anything() } },
    });
  });

  it.each(["/result", "", "/events", "/ws"])(
    "is 404 for a scan nobody has at …%s",
    async (path) => {
      for (const id of [crypto.randomUUID(), "not-an-id", "..%2f"]) {
        const headers = { upgrade: "websocket" };
        const response = await callWorker(`/api/v1/scan/${id}${path}`, { headers });
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: "RESULT_NOT_FOUND" });
      }
    },
  );

  it.each(["/result", "", "/events", "/ws"])(
    "is 404 for another user's scan at …%s",
    async (path) => {
      const { job_id } = await submitText("생수병");
      const headers = { upgrade: "websocket" };
      const response = await callWorker(`/api/v1/scan/${job_id}${path}`, {
        user: "user-2",
        headers,
      });
      expect(response.status).toBe(404);
    },
  );
});

describe("cancelling", () => {
  it("answers the final state, however often it is asked", async () => {
    const { job_id, stream_url } = await submitText("생수병");
    const url = `/api/v1/scan/${job_id}`;
    const first = await callWorker(url, { method: "DELETE" });
    expect(first.status).toBe(200);
    const { status } = await first.json<{ status: string }>();
    expect(["cancelled", "completed"]).toContain(status);
    const second = await callWorker(url, { method: "DELETE" });
    expect(await second.json()).toMatchObject({ status });
    expect((await followScan(stream_url)).at(-1)?.frame).toMatchObject({
      stage: "done",
      result: { status },
    });
  });

  it("is 404 for another user, and changes nothing", async () => {
    const { job_id, stream_url } = await submitText("생수병");
    const response = await callWorker(`/api/v1/scan/${job_id}`, {
      method: "DELETE",
      user: "user-2",
    });
    expect(response.status).toBe(404);
    expect((await followScan(stream_url)).at(-1)?.frame.result).toMatchObject({
      status: "completed",
    });
  });
});

describe("who is asking", () => {
  it.each([
    ["POST", "/api/v1/scan"],
    ["GET", "/api/v1/scan/categories"],
    ["GET", `/api/v1/scan/${crypto.randomUUID()}/result`],
    ["GET", `/api/v1/scan/${crypto.randomUUID()}`],
    ["DELETE", `/api/v1/scan/${crypto.randomUUID()}`],
    ["GET", `/api/v1/scan/${crypto.randomUUID()}/events`],
    ["GET", `/api/v1/scan/${crypto.randomUUID()}/ws`],
    ["GET", `/api/v1/stream?job_id=${crypto.randomUUID()}`],
  ])("has to be known for %s %s, and nobody is without configuration", async (method, path) => {
    const unknown = await callWorker(path, { method, user: null });
    expect(unknown.status).toBe(401);
    expect(await unknown.json()).toMatchObject({ code: "UNAUTHORIZED" });
    const headers = { "x-user-id": "user-1" };
    const closed = await callApp({ AUTH_MODE: "" }, path, { method, headers });
    expect(closed.status).toBe(401);
  });

  it.each(["", "a b", "u".repeat(129), "<script>"])("is not known as %j", async (user) => {
    expect((await callWorker("/api/v1/scan/categories", { user })).status).toBe(401);
  });
});

describe("around the scan", () => {
  it("lists the categories of the regulations", async () => {
    const response = await callWorker("/api/v1/scan/categories");
    const categories = await response.json<{ name: string }[]>();
    expect(categories).toHaveLength(18);
    expect(categories).toContainEqual({
      id: "재활용폐기물_무색페트병",
      name: "무색페트병",
      display_name: expect.any(String),
      instructions: expect.arrayContaining([expect.any(String)]),
    });
  });

  it("is healthy, and ready when what it needs is there", async () => {
    expect(await (await callWorker("/health", { user: null })).json()).toMatchObject({
      status: "ok",
    });
    const ready = await callWorker("/ready", { user: null });
    expect(await ready.json()).toEqual({ status: "ok", model: "offline", warnings: [] });
  });

  it("is ready, and warns of a model of the settings that retires", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-28") });
    const settings = { GEMINI_API_KEY: "gm-1", DEFAULT_MODEL: "gemini-2.5-pro" };
    const ready = async () => (await callApp(settings, "/ready")).json();
    expect(await ready()).toMatchObject({
      status: "ok",
      model: "gemini-2.5-pro",
      warnings: [
        {
          part: "models",
          reason: expect.stringContaining("Set DEFAULT_MODEL to gemini-3.8-flash"),
        },
      ],
    });
    vi.setSystemTime(Date.parse("2026-12-01"));
    expect(await ready()).toMatchObject({
      warnings: [{ reason: expect.stringContaining("gemini-2.5-pro was retired on 2026-12-01") }],
    });
    vi.useRealTimers();
  });

  it("is not ready without regulations or with a default model nobody has, and names the reason", async () => {
    const missing = await callApp({ DEFAULT_MODEL: "gpt-1" }, "/ready");
    expect(missing.status).toBe(503);
    expect(await missing.json()).toMatchObject({
      status: "unavailable",
      reasons: expect.arrayContaining([
        { part: "models", reason: expect.stringContaining("gpt-1") },
      ]),
    });
  });

  it("answers an unknown route with a problem", async () => {
    const response = await callWorker("/api/v1/nothing");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "NOT_FOUND" });
  });

  it("hides from a client what went wrong inside", async () => {
    const response = await callApp({ DEFAULT_MODEL: "gpt-1" }, "/api/v1/scan/categories", {
      headers: { "x-user-id": "user-1" },
    });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("gpt-1");
  });
});
