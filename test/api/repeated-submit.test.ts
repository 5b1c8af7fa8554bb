import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { appFetch } from "../support/app-fetch.ts";
import { buildHeic } from "../support/build-heic.ts";
import { photos } from "../support/photos.ts";

afterEach(() => void vi.useRealTimers());

const nowhere = "http://127.0.0.1:9/v1";
const openai = { OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: nowhere, DEFAULT_MODEL: "gpt-5.2" };
const gemini = {
  GEMINI_API_KEY: "gm-1",
  GEMINI_BASE_URL: nowhere,
  DEFAULT_MODEL: "gemini-3-flash-preview",
};
const both = { ...gemini, ...openai };
const hooks = { WEBHOOK_SECRETS: `whsec_${btoa("k".repeat(32))}` };

/** A user who submits under one key, while deploys change the settings. */
function client() {
  const headers = { "x-user-id": crypto.randomUUID(), "idempotency-key": crypto.randomUUID() };
  return async (settings: Partial<Env>, sent: object) => {
    const isForm = sent instanceof FormData;
    const response = await appFetch(settings, "http://localhost")("/api/v1/scan", {
      method: "POST",
      body: isForm ? sent : JSON.stringify(sent),
      headers: isForm ? headers : { ...headers, "content-type": "application/json" },
    });
    const answer = await response.json<{ job_id?: string; code?: string; ended?: object }>();
    return { ...answer, status: response.status };
  };
}

function form(photo: Uint8Array<ArrayBuffer>, model?: string) {
  const body = new FormData();
  body.set("image", new File([photo], "photo"));
  if (model) body.set("model", model);
  return body;
}

const words = { user_input: "생수병" };

/** A request, the settings that take it, and those that refuse it. */
const refusedLater: [string, object, Partial<Env>, Partial<Env>][] = [
  ["a photo that a new DEFAULT_MODEL does not take", form(buildHeic()), gemini, both],
  ["a photo that another provider does not take", form(photos.animatedGif), openai, gemini],
  ["a model that is not configured any more", { ...words, model: "gpt-5.2" }, both, gemini],
  [
    "a webhook that is not sent any more",
    { ...words, callback_url: "https://hooks.example.com/a" },
    { ...openai, ...hooks },
    openai,
  ],
  [
    "an address that photos are not taken from any more",
    { image_url: "https://images.example.com/1.jpg" },
    openai,
    { ...openai, IMAGE_HOSTS: "photos.example.com" },
  ],
];

describe.each(refusedLater)("a request with %s", (_, sent, before, after) => {
  it("is answered with its scan when its key knows it", async () => {
    const submit = client();
    const first = await submit(before, sent);
    expect(first.status).toBe(202);
    expect(await submit(after, sent)).toMatchObject({ status: 202, job_id: first.job_id });
  });

  it("is refused under a new key, which names no scan afterwards", async () => {
    const submit = client();
    const refused = await submit(after, sent);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const accepted = await submit(before, { user_input: "캔" });
    expect(accepted).toMatchObject({ status: 202, job_id: expect.any(String) });
  });
});

const named = { ...words, model: "gpt-5.2" };

it("is refused as another request under its key, though it would be refused anyway", async () => {
  const submit = client();
  await submit(both, words);
  expect(await submit(gemini, named)).toMatchObject({
    status: 422,
    code: "IDEMPOTENCY_KEY_REUSED",
  });
});

it("is answered with the end of its scan when the result is deleted", async () => {
  const submit = client();
  const { job_id = "" } = await submit(both, named);
  const job = env.SCAN_JOB.getByName(job_id);
  vi.useFakeTimers({ toFake: ["Date"] });
  await job.archive({ code: "SCRIPTED", message: "scripted" });
  const state = await job.inspect();
  if (typeof state === "string") throw new Error("There is no such scan");
  await job.cancel(state.userId);
  vi.setSystemTime(Date.now() + 3_600_000);
  await runDurableObjectAlarm(job);
  expect(await submit(gemini, named)).toMatchObject({
    status: 202,
    job_id,
    ended: { status: "cancelled" },
  });
});

it("is refused when its scan was admitted and never submitted", async () => {
  const submit = client();
  vi.spyOn(env.SCAN_JOB, "getByName").mockImplementationOnce(() => {
    throw new Error("The process died");
  });
  expect((await submit(both, named)).status).toBe(500);
  vi.restoreAllMocks();
  expect(await submit(gemini, named)).toMatchObject({ status: 400, code: "UNSUPPORTED_MODEL" });
  expect((await submit(both, named)).status).toBe(202);
});
