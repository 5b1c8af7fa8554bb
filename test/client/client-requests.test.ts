import { describe, expect, it } from "vitest";
import { ApiError, createClient } from "../../client/src/eco2-edge-client.ts";
import { parseRetryAfter } from "../../client/src/api-error.ts";
import {
  buildClient,
  collectAll,
  type FetchHandler,
  buildProblem,
  recordRequests,
} from "../support/client-builders.ts";
import { photos } from "../support/photos.ts";

const words = "생수병";
const pathsOf = (requests: Request[]) =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

/** A response whose connection breaks after its headers. */
const brokenResponse = () =>
  new Response(
    new ReadableStream({
      pull(controller) {
        controller.error(new TypeError("cut"));
      },
    }),
    { status: 202, headers: { "content-type": "application/json" } },
  );

describe("a failed request", () => {
  it.each([
    ["the network fails", () => Promise.reject(new TypeError("failed"))],
    ["a gateway fails", () => new Response("<html>", { status: 502 })],
    [
      "a rate limit ends within seconds",
      () => buildProblem(429, "RATE_LIMITED", { "retry-after": "0" }),
    ],
    ["the response breaks off", () => brokenResponse()],
    [
      "the server names a short wait",
      () => buildProblem(500, "INTERNAL_ERROR", { "retry-after": "0" }),
    ],
  ])("is retried under the same key when %s", async (_, fail) => {
    const attempts: number[] = [];
    const { fetch, requests } = recordRequests((_, number) => (number < 3 ? fail() : null));
    const { jobId } = await buildClient({ fetch }).submit(
      { userInput: words },
      { onRetry: (attempt) => attempts.push(attempt) },
    );
    expect(jobId).toMatch(/^[0-9a-f-]{36}$/);
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
    expect(attempts).toEqual([2, 3]);
  });

  it("submits one scan when only the response was lost", async () => {
    const loseResponse: FetchHandler = async (url, init) => {
      await worker(url, init);
      throw new TypeError("the connection was closed");
    };
    const { fetch: worker } = recordRequests();
    let sent = 0;
    const client = buildClient({
      fetch: (url, init) => (sent++ === 0 ? loseResponse(url, init) : worker(url, init)),
    });
    const frames = await collectAll(client.scan({ userInput: words }));
    expect(frames.at(-1)?.stage).toBe("done");
    await expect.poll(async () => (await client.history()).items.length).toBeGreaterThan(0);
    expect((await client.history()).items).toHaveLength(1);
  });

  it.each([
    ["the request is invalid", () => buildProblem(422, "VALIDATION_ERROR")],
    [
      "the rate limit lasts for hours",
      () => buildProblem(429, "RATE_LIMITED", { "retry-after": "3600" }),
    ],
    ["a rate limit has no Retry-After", () => buildProblem(429, "RATE_LIMITED")],
    ["the server fails without Retry-After", () => buildProblem(500, "INTERNAL_ERROR")],
  ])("is not retried when %s", async (_, refuse) => {
    const { fetch, requests } = recordRequests(refuse);
    await expect(buildClient({ fetch }).submit({ userInput: words })).rejects.toBeInstanceOf(
      ApiError,
    );
    expect(requests).toHaveLength(1);
  });

  it("rejects when its attempts are used up", async () => {
    const { fetch, requests } = recordRequests(() => Promise.reject(new TypeError("offline")));
    const failing = buildClient({ fetch }).models({ attempts: 2 });
    await expect(failing).rejects.toMatchObject({
      name: "ApiError",
      status: 0,
      code: "UNREACHABLE",
      cause: new TypeError("offline"),
    });
    expect(requests).toHaveLength(2);
  });

  it("does not wait for the retry when the signal aborts", async () => {
    const controller = new AbortController();
    const { fetch, requests } = recordRequests(() => {
      controller.abort(new Error("aborted"));
      return buildProblem(503, "NOT_CONFIGURED", { "retry-after": "9" });
    });
    await expect(buildClient({ fetch }).models({ signal: controller.signal })).rejects.toThrow(
      "aborted",
    );
    expect(requests).toHaveLength(1);
  });
});

describe("ApiError", () => {
  it("has every field of the problem", async () => {
    const refused = buildClient().submit({ userInput: "가".repeat(3_000) });
    await expect(refused).rejects.toMatchObject({
      status: 422,
      code: "VALIDATION_ERROR",
      detail: expect.any(String),
      errors: [{ path: "user_input", message: expect.any(String) }],
      retryAfter: null,
    });
  });

  it("has the headers for retries and tracing", async () => {
    const headers = { "retry-after": "3600", "cf-ray": "8a-ICN", traceparent: "00-1-2-01" };
    const { fetch } = recordRequests(() => buildProblem(429, "RATE_LIMITED", headers));
    await expect(buildClient({ fetch }).me()).rejects.toMatchObject({
      message: "It is RATE_LIMITED.",
      retryAfter: 3600,
      requestId: "8a-ICN",
      traceparent: "00-1-2-01",
    });
  });

  it.each([
    ["a proxy answers a page with an error", new Response("<html>", { status: 403 }), 403],
    ["a proxy answers a page with 200", new Response("<html>sign in"), 200],
    ["the body is empty", new Response(null, { status: 418 }), 418],
    ["the JSON is no response", Response.json(null), 200],
    ["the JSON is no problem", Response.json("no", { status: 409 }), 409],
  ])("has no code when %s", async (_, response, status) => {
    const { fetch } = recordRequests(() => response.clone());
    const client = buildClient({ fetch });
    await expect(client.models()).rejects.toMatchObject({ status, code: null });
    await expect(client.submit({ userInput: words })).rejects.toMatchObject({ status, code: null });
  });

  it("parses Retry-After in seconds and as a date", () => {
    expect(parseRetryAfter("12")).toBe(12);
    expect(parseRetryAfter("-1")).toBe(0);
    expect(parseRetryAfter(new Date(Date.now() + 60_000).toUTCString())).toBeCloseTo(60, -1);
    expect(parseRetryAfter("soon")).toBeNull();
    expect(parseRetryAfter(null)).toBeNull();
  });
});

describe("credentials", () => {
  it("calls the token function before every request", async () => {
    let number = 0;
    const { fetch, requests } = recordRequests(() => buildProblem(401, "UNAUTHORIZED"));
    const client = buildClient({ fetch, token: async () => `token-${++number}` });
    for (const ask of [client.me, client.stats]) await ask().catch(() => null);
    expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer token-1",
      "Bearer token-2",
    ]);
  });

  it("rejects with the token function's own error, and sends nothing", async () => {
    const { fetch, requests } = recordRequests();
    const error = new Error("the login has failed");
    const client = buildClient({ fetch, token: () => Promise.reject(error) });
    await expect(client.me()).rejects.toBe(error);
    await expect(collectAll(client.follow({ jobId: "j" }))).rejects.toBe(error);
    expect(requests).toEqual([]);
  });

  it("are refused by the server when they are missing", async () => {
    const anonymous = createClient({ baseUrl: "http://localhost", fetch: recordRequests().fetch });
    await expect(anonymous.me()).rejects.toMatchObject({ status: 401, code: "UNAUTHORIZED" });
  });

  it("throws a TypeError without a baseUrl outside of a page", () => {
    expect(() => createClient()).toThrow(TypeError);
  });
});

describe("upload", () => {
  it("sends a photo without credentials to the signed URL, and a scan accepts its address", async () => {
    const { fetch, requests } = recordRequests();
    const client = buildClient({ fetch });
    const photo = new File([photos.png], "병.png", { type: "image/png" });
    const imageUrl = await client.upload(photo);
    expect(pathsOf(requests)).toEqual([
      "POST /api/v1/images/scan",
      `PUT ${new URL(imageUrl).pathname}`,
    ]);
    expect(requests[1]?.headers.get("x-user-id")).toBeNull();
    expect(requests[1]?.headers.get("content-type")).toBe("image/png");
    const frames = await collectAll(client.scan({ imageUrl, userInput: words }));
    expect(frames.at(-1)).toMatchObject({ result: { status: "completed" } });
  });

  it("succeeds when only the response of the upload was lost", async () => {
    const through = recordRequests();
    let puts = 0;
    const client = buildClient({
      fetch: async (url, init) => {
        const response = await through.fetch(url, init);
        if (init.method === "PUT" && puts++ === 0) throw new TypeError("cut");
        return response;
      },
    });
    const photo = new Blob([photos.png], { type: "image/png" });
    const imageUrl = await client.upload(photo);
    expect(puts).toBe(2);
    await client.submit({ imageUrl });
  });

  it("submits a photo and the words in one form", async () => {
    const { fetch, requests } = recordRequests();
    const image = new Blob([photos.png], { type: "image/png" });
    await buildClient({ fetch }).submit({ image, userInput: words, reuse: false });
    const form = await requests[0]?.formData();
    expect(form?.get("user_input")).toBe(words);
    expect(form?.get("reuse")).toBe("false");
    expect(form?.get("image")).toBeInstanceOf(File);
  });

  it("rejects when the file is no photo", async () => {
    const text = new Blob(["no photo"], { type: "image/png" });
    await expect(buildClient().upload(text)).rejects.toMatchObject({
      code: "UNSUPPORTED_MEDIA_TYPE",
    });
  });
});

describe("a user's account", () => {
  it("has the history by page and as a whole, and its totals", async () => {
    const client = buildClient();
    for (const userInput of ["생수병", "깨진 유리컵", "신문지"]) {
      await collectAll(client.scan({ userInput }));
    }
    await expect.poll(async () => (await client.stats()).total, { timeout: 20_000 }).toBe(3);
    const first = await client.history({ limit: 2 });
    expect(first.items).toHaveLength(2);
    const rest = await client.history({ limit: 2, cursor: first.next_cursor ?? "" });
    expect(rest).toMatchObject({ items: [expect.anything()], next_cursor: null });
    expect(await collectAll(client.historyAll({ limit: 1 }))).toEqual([
      ...first.items,
      ...rest.items,
    ]);
    const paper = await collectAll(client.historyAll({ category: "종이" }));
    expect(paper.map(({ category }) => category?.middle)).toEqual(["종이"]);
  });

  it("has a profile and characters, and can be erased", async () => {
    const client = buildClient();
    expect(await client.changeMe({ nickname: "이코 친구" })).toMatchObject({
      nickname: "이코 친구",
    });
    expect(await client.me()).toMatchObject({ nickname: "이코 친구", phone_number: null });
    expect((await client.characters()).map(({ name }) => name)).toEqual(["이코"]);
    const { id } = await client.forgetMe();
    expect(await client.erasure(id)).toMatchObject({ id });
  });

  it("rejects a cursor that the server never issued", async () => {
    await expect(buildClient().history({ cursor: "nowhere" })).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
    });
  });
});

describe("reference data", () => {
  it("has models, characters and regulations without credentials", async () => {
    const client = createClient({ baseUrl: "http://localhost", fetch: recordRequests().fetch });
    expect((await client.models()).models.map(({ name }) => name)).toContain("offline");
    expect((await client.catalog()).map(({ name }) => name)).toContain("페티");
    const { documents, regions } = await client.regulations();
    expect(documents).toHaveLength(18);
    expect(regions).toContain("서울특별시 강남구");
    const found = await client.searchRegulations("생수병");
    const key = found.results[0]?.key ?? "";
    expect(key).toBe("재활용폐기물_무색페트병");
    expect(await client.regulation(key, { region: "서울특별시 강남구" })).toMatchObject({ key });
    await expect(client.regulation("없는 것")).rejects.toMatchObject({
      code: "REGULATION_NOT_FOUND",
    });
  });

  it("has the categories for an authenticated user", async () => {
    expect((await buildClient().categories()).map(({ name }) => name)).toContain("무색페트병");
  });
});
