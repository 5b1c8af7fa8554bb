import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { appFetch } from "../support/app-fetch.ts";
import { buildHeic } from "../support/build-heic.ts";
import { photos } from "../support/photos.ts";

const heic = buildHeic();
const openai = { OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
const gemini = { GEMINI_API_KEY: "gm-1", GEMINI_BASE_URL: "http://127.0.0.1:9/v1" };
const converter = { PHOTO_CONVERTER: Object.assign(Object.create(null), {}) };

async function submit(photo: Uint8Array<ArrayBuffer>, settings: Partial<Env>, model?: string) {
  const form = new FormData();
  form.set("image", new File([photo], "photo"));
  if (model) form.set("model", model);
  const headers = { "x-user-id": crypto.randomUUID() };
  return appFetch(settings, "http://localhost")("/api/v1/scan", {
    method: "POST",
    headers,
    body: form,
  });
}

describe("POST /api/v1/scan with a photo", () => {
  it.each<[string, Uint8Array<ArrayBuffer>, Partial<Env>, string | undefined]>([
    ["HEIC to OpenAI", heic, openai, undefined],
    ["GIF to Gemini", photos.animatedGif, gemini, undefined],
    ["GIF to a model that Gemini replaced", photos.gif, gemini, "gemini-2.0-flash"],
    ["HEIC to the offline model", heic, openai, "offline"],
    ["HEIC to a model that is named", heic, { ...openai, ...gemini }, "gpt-5.2"],
  ])("refuses %s, with what to do", async (_, photo, settings, model) => {
    const response = await submit(photo, settings, model);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      code: "UNSUPPORTED_PHOTO_TYPE",
      detail: expect.stringContaining("Convert it to JPEG"),
      photo_types: expect.arrayContaining(["image/jpeg"]),
    });
  });

  it.each<[string, Uint8Array<ArrayBuffer>, Partial<Env>, string | undefined]>([
    ["HEIC to Gemini", heic, gemini, undefined],
    ["GIF to OpenAI", photos.gif, openai, undefined],
    ["GIF to the offline model", photos.gif, openai, "offline"],
    ["HEIC to OpenAI where photos are converted", heic, { ...openai, ...converter }, undefined],
  ])("accepts %s", async (_, photo, settings, model) => {
    expect((await submit(photo, settings, model)).status).toBe(202);
  });
});

it("has no converter and no Workers AI in a local configuration", () => {
  expect(env.AI).toBeUndefined();
  expect(env.PHOTO_CONVERTER).toBeUndefined();
});
