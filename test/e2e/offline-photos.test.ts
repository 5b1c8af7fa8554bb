import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { Classification } from "../../src/pipeline/taxonomy.ts";
import { certaintyShape } from "../../src/pipeline/certainty.ts";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Server, startServer } from "./start-server.ts";

/** Drawings that the photo model is sure of, likely right about, torn over, and recognises nothing in. */
const drawn = (name: "sure" | "asked" | "choice" | "unclear") =>
  new Uint8Array(readFileSync(new URL(`../fixtures/drawn/${name}.jpg`, import.meta.url)));

const Accepted = z.object({ job_id: z.string(), result_url: z.string() });
const Result = z.object({
  status: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  pipeline_result: z
    .object({
      classification_result: z.object({ classification: Classification, ...certaintyShape }),
      final_answer: z.object({ user_answer: z.string() }),
    })
    .nullable(),
  reward: z.object({ name: z.string() }).nullable(),
  metadata: z.object({
    calls: z.array(z.object({ stage: z.string(), model: z.string() })),
    fallbacks: z.array(z.object({ stage: z.string(), model: z.string() })),
  }),
});

let server: Server;
let failing: Server;
let model: ModelServer;

beforeAll(async () => {
  model = await startModelServer();
  [server, failing] = await Promise.all([
    startServer({}),
    startServer({
      env: {
        OPENAI_API_KEY: "sk-test",
        OPENAI_BASE_URL: model.baseURL,
        MODEL_FALLBACK: "offline",
      },
    }),
  ]);
});

afterAll(async () => {
  await Promise.all([server.stop(), failing.stop(), model.close()]);
});

const user = { "x-user-id": "resident" };
const json = { ...user, "content-type": "application/json" };

/** The result of a scan, once it has ended. */
const resultAt = async (url: string, path: string) => {
  const response = await vi.waitUntil(
    async () => {
      const answer = await fetch(url + path, { headers: user });
      return answer.status === 200 && answer;
    },
    { timeout: 20_000, interval: 50 },
  );
  return Result.parse(await response.json());
};

async function scan(name: Parameters<typeof drawn>[0], words = "", { url } = server) {
  const form = new FormData();
  form.set("image", new File([drawn(name)], `${name}.jpg`, { type: "image/jpeg" }));
  if (words) form.set("user_input", words);
  const response = await fetch(`${url}/api/v1/scan`, { method: "POST", headers: user, body: form });
  const { job_id, result_url } = Accepted.parse(await response.json());
  return { job_id, result_url, ...(await resultAt(url, result_url)) };
}

describe("photos, without a key and without a network", () => {
  it("are answered with a character, as the existing front end sends them", async () => {
    const announced = await fetch(`${server.url}/api/v1/images/scan`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ filename: "waste.png", content_type: "image/png" }),
    });
    const { upload_url, cdn_url } = z
      .object({ upload_url: z.string(), cdn_url: z.string() })
      .parse(await announced.json());
    const put = { method: "PUT", headers: { "content-type": "image/png" }, body: drawn("sure") };
    expect((await fetch(new URL(upload_url, server.url), put)).status).toBe(200);
    const body = JSON.stringify({ image_url: cdn_url });
    const submitted = await fetch(`${server.url}/api/v1/scan`, {
      method: "POST",
      headers: json,
      body,
    });
    const { result_url } = Accepted.parse(await submitted.json());
    expect(await resultAt(server.url, result_url)).toMatchObject({
      status: "completed",
      pipeline_result: {
        classification_result: {
          classification: { middle_category: "종이", minor_category: "종이" },
          asks: null,
        },
      },
      reward: { name: "페이피" },
    });
  });

  it("that are likely are asked about, and confirmed on the same scan with a character", async () => {
    const asked = await scan("asked");
    expect(asked.pipeline_result?.classification_result).toMatchObject({
      classification: { middle_category: "종이" },
      asks: "confirmation",
    });
    expect(asked.pipeline_result?.final_answer.user_answer).toContain("맞나요?");
    expect(asked.reward).toBeNull();
    const confirmed = await fetch(`${server.url}/api/v1/scan/${asked.job_id}/confirm`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ middle_category: "종이" }),
    });
    expect(confirmed.status).toBe(202);
    const result = await resultAt(server.url, asked.result_url);
    expect(result).toMatchObject({ status: "completed", reward: { name: "페이피" } });
    expect(result.pipeline_result?.classification_result.confirmed_by).toBe("category");
    expect(result.metadata.calls.filter(({ stage }) => stage === "vision")).toHaveLength(1);
  });

  it("that are unclear give two to choose from, or words", async () => {
    const choice = await scan("choice");
    expect(choice.pipeline_result?.classification_result.asks).toBe("choice");
    const confirmed = await fetch(`${server.url}/api/v1/scan/${choice.job_id}/confirm`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ words: "안 입는 티셔츠" }),
    });
    expect(confirmed.status).toBe(202);
    const result = await resultAt(server.url, choice.result_url);
    expect(result.pipeline_result?.classification_result).toMatchObject({
      classification: { middle_category: "의류및원단" },
      confirmed_by: "words",
    });
  });

  it("in which nothing is recognised fail with a sentence, and are helped by words", async () => {
    expect(await scan("unclear")).toMatchObject({
      status: "failed",
      pipeline_result: null,
      error: { code: "NOT_RECOGNISED", message: expect.stringContaining("글로 적어 주세요") },
    });
    const named = await scan("unclear", "깨끗한 종이 상자");
    expect(named.pipeline_result?.classification_result.classification.middle_category).toBe(
      "종이",
    );
  });
});

it("carries on when the provider is down, and names the model that looked", async () => {
  // The scripted provider fails at the scan's words.
  const { status, metadata } = await scan("sure", "[vision:401] [answer:401]", failing);
  expect(status).toBe("completed");
  expect(metadata.fallbacks).toContainEqual(
    expect.objectContaining({ stage: "vision", model: "offline" }),
  );
});
