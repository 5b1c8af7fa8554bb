import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { control } from "../../src/api/ops/control-routes.ts";
import { respond } from "../../src/api/problem.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { pipelineControl } from "../../src/control-client.ts";

const app = new Hono<{ Bindings: Env }>().onError(respond).route("/", control);

const get = async (path: string) => (await app.request(path, {}, env)).json();
const post = async (path: string, body?: unknown) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return app.request(path, { method: "POST", ...(text && { body: text }) }, env);
};

/** What was noted last. */
async function audited() {
  const row = await env.DB.prepare(
    "SELECT by, action, target, detail FROM audit ORDER BY id DESC LIMIT 1",
  ).first<{ by: string; action: string; target: string; detail: string }>();
  return row && { ...row, detail: z.json().parse(JSON.parse(row.detail)) };
}
const count = () => env.DB.prepare("SELECT count(*) AS n FROM audit").first<number>("n");

const going = { paused: false, reason: null, notice: null, by: null, since: null, until: null };

afterEach(async () => {
  vi.useRealTimers();
  for (const stage of stageNames) await pipelineControl(env).unpause(stage);
});

describe("stages", () => {
  it("are all going at first", async () => {
    expect(await get("/stages")).toMatchObject({ stages: [going, going, going, going] });
  });

  it("are paused with a reason, shown so, and resumed; each is noted", async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    const asked = { reason: "모델 점검", notice: "점검 중이에요.", by: "김 운영", until };
    const response = await post("/stages/vision/pause", asked);
    const paused = { stage: "vision", paused: true, ...asked, since: expect.any(String) };
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(paused);
    expect(await audited()).toEqual({
      by: "김 운영",
      action: "stage.pause",
      target: "vision",
      detail: { reason: "모델 점검", notice: "점검 중이에요.", until },
    });
    expect(await get("/stages")).toMatchObject({ stages: [paused, going, going, going] });

    const resumed = await post("/stages/vision/resume");
    expect(await resumed.json()).toEqual({ stage: "vision", ...going });
    expect(await audited()).toMatchObject({ by: "operator", action: "stage.resume" });
  });

  it("go on by themselves when the pause has run out", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const until = new Date(Date.now() + 60_000).toISOString();
    await post("/stages/answer/pause", { reason: "a while", until });
    vi.setSystemTime(until);
    expect(await get("/stages")).toMatchObject({ stages: [going, going, going, going] });
  });

  it.each<[string, string, unknown, number, string]>([
    ["an unknown stage", "/stages/sniff/pause", { reason: "r" }, 404, "NOT_FOUND"],
    ["an unknown stage to resume", "/stages/sniff/resume", {}, 404, "NOT_FOUND"],
    ["no reason", "/stages/vision/pause", {}, 422, "VALIDATION_ERROR"],
    ["a blank reason", "/stages/vision/pause", { reason: " " }, 422, "VALIDATION_ERROR"],
    ["no body", "/stages/vision/pause", undefined, 422, "VALIDATION_ERROR"],
    ["malformed JSON", "/stages/vision/pause", "{", 400, "MALFORMED_JSON"],
    ["another field", "/stages/vision/resume", { why: "r" }, 422, "VALIDATION_ERROR"],
    [
      "an end that has passed",
      "/stages/vision/pause",
      { reason: "r", until: "2020-01-01T00:00:00Z" },
      422,
      "VALIDATION_ERROR",
    ],
    [
      "an end that is no time",
      "/stages/vision/pause",
      { reason: "r", until: "tomorrow" },
      422,
      "VALIDATION_ERROR",
    ],
  ])("refuse %s, and nothing is noted", async (_, path, body, status, code) => {
    const before = await count();
    const response = await post(path, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ code });
    expect(await count()).toBe(before);
    expect(await get("/stages")).toMatchObject({ stages: [going, going, going, going] });
  });

  it("are left as they are when the change cannot be noted", async () => {
    const prepare = vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1 is down");
    });
    expect((await post("/stages/vision/pause", { reason: "r" })).status).toBe(500);
    prepare.mockRestore();
    expect(await get("/stages")).toMatchObject({ stages: [going, going, going, going] });
  });
});

describe("breakers", () => {
  it("are shown for each provider of the catalog, and closed by hand", async () => {
    const control = pipelineControl(env);
    // Scans of other tests may have failed.
    for (const provider of ["openai", "google", "workers-ai"]) await control.reset(provider);
    for (let failure = 0; failure < breakerLimits.failures; failure++) {
      await control.failed("openai", null);
    }
    const closed = { state: "closed", failures: 0, opened_at: null };
    const open = { state: "open", failures: breakerLimits.failures, opened_at: expect.any(String) };
    const others = [
      { provider: "google", ...closed },
      { provider: "workers-ai", ...closed },
    ];
    expect(await get("/breakers")).toMatchObject({
      breakers: [{ provider: "openai", ...open }, ...others],
    });

    const response = await post("/breakers/openai/reset", { by: "kim" });
    expect(await response.json()).toMatchObject({ provider: "openai", ...closed });
    expect(await audited()).toMatchObject({
      by: "kim",
      action: "breaker.reset",
      target: "openai",
      detail: { was: open },
    });
    expect(await get("/breakers")).toMatchObject({
      breakers: [{ provider: "openai", ...closed }, ...others],
    });
  });

  it("of nobody are not reset", async () => {
    const before = await count();
    const response = await post("/breakers/nobody/reset");
    expect(response.status).toBe(404);
    expect(await count()).toBe(before);
  });
});
