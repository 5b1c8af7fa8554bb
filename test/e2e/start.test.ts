import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { localSecrets } from "../../scripts/start/local-secrets.ts";
import { prepareOnce } from "../../scripts/start/prepared-state.ts";
import { scanLine } from "../../scripts/start/scan-line.ts";
import { serverOutput } from "../../scripts/start/server-output.ts";
import { startBanner } from "../../scripts/start/start-banner.ts";
import { failureText, prepared } from "../../scripts/start/start-failure.ts";

const url = "http://localhost:8787";
const job = "6384bae8-2c47-8c38-8fbd-efb44a924fcf";
const ended = {
  event: "scan.ended",
  job,
  status: "completed",
  stage: "reward",
  category: "재활용폐기물>무색페트병",
  models: ["gpt-5.2"],
  duration_ms: 500,
};

describe("the banner", () => {
  const newWebhookSecret = null;

  it("names the URL, the pages, and how to stop", () => {
    const banner = startBanner({ url, model: "offline", opsToken: "a-token", newWebhookSecret });
    expect(banner).toContain(`Eco² Edge is ready    ${url}`);
    expect(banner).toContain(`${url}/docs`);
    expect(banner).toMatch(/\/ops$/m);
    expect(banner).toContain("a-token");
    expect(banner).not.toContain("whsec_");
    expect(banner).toContain("Ctrl+C");
    expect(banner).not.toContain("--url");
  });

  it("explains how to set a key when the offline model is the active one", () => {
    const banner = startBanner({ url, model: "offline", opsToken: "", newWebhookSecret });
    expect(banner).toContain("offline, reads words and sees photos of eleven categories");
    expect(banner).toContain("OPENAI_API_KEY=sk-... npm start");
    expect(banner).toContain("none, as OPS_TOKEN is empty");
  });

  it("reports that a vision model sees photos, and how to do without it", () => {
    const banner = startBanner({
      url: "http://localhost:9",
      model: "gpt-5.2",
      opsToken: "",
      newWebhookSecret: "whsec_made",
    });
    expect(banner).toContain("whsec_made (shown once)");
    expect(banner).toContain("gpt-5.2, reads words and photos");
    expect(banner).toContain("DEFAULT_MODEL=offline npm start");
    expect(banner).toContain("--url http://localhost:9");
  });
});

describe("the secrets of a local server", () => {
  it("are made once, and stay with its state", async () => {
    const folder = await mkdtemp(join(tmpdir(), "eco2-secrets-"));
    const first = await localSecrets(folder);
    expect(first.fresh).toEqual(new Set(["SIGNING_SECRET", "OPS_TOKEN", "WEBHOOK_SECRETS"]));
    expect(first.values.WEBHOOK_SECRETS).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(new Set(Object.values(first.values)).size).toBe(3);
    const second = await localSecrets(folder);
    expect(second).toEqual({ values: first.values, fresh: new Set() });
    await rm(folder, { recursive: true });
  });
});

describe("the line of a scan", () => {
  it("names job, model, class, end and time", () => {
    expect(scanLine(ended)).toBe("6384bae8  gpt-5.2  재활용폐기물>무색페트병  completed  500 ms");
  });

  it("names the code of a scan that failed, and each model that was called", () => {
    const failed = { status: "failed", code: "MODEL_UNAUTHORIZED", category: undefined };
    expect(scanLine({ ...ended, ...failed })).toBe(
      "6384bae8  gpt-5.2  no class  failed MODEL_UNAUTHORIZED  500 ms",
    );
    expect(scanLine({ ...ended, status: "cancelled", models: [] })).toContain("no model");
    expect(scanLine({ ...ended, models: ["gpt-5.2", "offline"] })).toContain("gpt-5.2, offline");
  });

  it("names the stage and the reason of a scan that is parked", () => {
    const attempt = { event: "stage.attempt", job: ended.job, stage: "vision", latency_ms: 7 };
    const parked = { ...attempt, outcome: "parked", code: "MODEL_UNAVAILABLE" };
    expect(scanLine(parked)).toBe("6384bae8  vision  parked MODEL_UNAVAILABLE  7 ms");
    expect(scanLine({ ...parked, outcome: "retrying" })).toBeNull();
  });

  it("is not written for any other line of the log", () => {
    for (const line of [null, "text", { ...ended, event: "stage.attempt" }, { ...ended, job: 1 }])
      expect(scanLine(line)).toBeNull();
  });
});

describe("the server's output", () => {
  const warning = (text: string) =>
    `\u001b[33m▲ \u001b[43;30mWARNING\u001b[0m`
      .replace("WARNING", "[WARNING]")
      .concat(` \u001b[1m${text}\u001b[0m`);

  it("hides bindings, requests and wrangler's hints", () => {
    const readable = serverOutput();
    const hidden = [
      " ⛅️ wrangler 4.156.2",
      "env.SCAN_VISION (scan-vision)     Queue     local",
      warning("Scheduled Workers are not automatically triggered during local development."),
      "  To manually trigger a scheduled event, run:",
      "[wrangler:info] POST /api/v1/scan 202 Accepted (115ms)",
      '{"event":"events.archive","key":"2026"}',
      JSON.stringify({ ...ended, event: "stage.attempt" }),
      "",
    ];
    expect(hidden.map((line) => readable(line, false))).toEqual(hidden.map(() => null));
  });

  it("shows a warning of the Worker as words when the server is ready", () => {
    const line = warning(`{"event":"dead_letter","job":"${job}","stage":"vision","delivery":3}`);
    expect(serverOutput()(line, true)).toBe(
      `warning  dead_letter  job=${job}  stage=vision  delivery=3`,
    );
  });

  it("shows an error with its stack at any time, and nothing behind it", () => {
    const readable = serverOutput();
    const lines = [
      "✘ [ERROR] Uncaught Error: no",
      "",
      "      at fetch (index.js:1:2)",
      "⎔ Reloading",
    ];
    expect(lines.map((line) => readable(line, false))).toEqual([
      "error  Uncaught Error: no",
      null,
      "      at fetch (index.js:1:2)",
      null,
    ]);
    expect(readable("[wrangler:error] the runtime died", false)).toBe("error  the runtime died");
  });

  it("shows a scan's line when it ends", () => {
    expect(serverOutput()(JSON.stringify(ended), true)).toContain("completed  500 ms");
  });
});

describe("a start that fails", () => {
  it("reports that the disk is full, whatever step has met it", async () => {
    const stderr = "✘ [ERROR] database or disk is full: SQLITE_FULL";
    const failed = Promise.reject(Object.assign(new Error("Command failed"), { stderr }));
    const error: unknown = await prepared(failed, "advice").catch((it: unknown) => it);
    expect(failureText(error)).toContain("The disk is full. Make room");
    expect(failureText(Object.assign(new Error("write"), { code: "ENOSPC" }))).toContain("full");
  });

  it("explains what to do about migrations that fail, with the reason", async () => {
    const failed = Promise.reject(Object.assign(new Error("no"), { stderr: "no such table" }));
    const error: unknown = await prepared(failed, "Begin anew.").catch((it: unknown) => it);
    expect(failureText(error)).toMatch(/^Begin anew\.\n[^]*no such table/);
  });

  it("names another port when its own is in use", async () => {
    const taken = createServer().listen(0, "localhost");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const folder = await mkdtemp(join(tmpdir(), "eco2-port-"));
    const { promise, resolve } = Promise.withResolvers<{ code: unknown; stderr: string }>();
    execFile(
      "npm",
      ["start", "--", "--port", String(port), "--persist-to", folder],
      (error, _, stderr) => resolve({ code: error?.code, stderr }),
    );
    const { code, stderr } = await promise;
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} is in use. Stop what uses it, or choose another`);
    expect(stderr).toContain(`npm start -- --port ${port + 1}`);
  });

  it("names the Node that is needed when this one is too old", async () => {
    const script = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });';
    const { promise, resolve } = Promise.withResolvers<{ code: unknown; stderr: string }>();
    execFile(
      "node",
      ["-e", `${script} require("./scripts/start/require-node.cjs")`],
      (error, _, stderr) => resolve({ code: error?.code, stderr }),
    );
    expect(await promise).toEqual({
      code: 1,
      stderr: expect.stringContaining("Node 20.20.2 is too old: 22.18 or newer is needed."),
    });
  });
});

describe("a state that was prepared", () => {
  async function preparation() {
    const folder = await mkdtemp(join(tmpdir(), "eco2-prepared-"));
    const migrations = join(folder, "migrations");
    await mkdir(migrations);
    await writeFile(join(migrations, "0001_one.sql"), "SELECT 1;");
    const prepare = vi.fn<() => Promise<void>>(async () => {});
    const run = (regulations = "1") => prepareOnce(folder, regulations, prepare, migrations);
    return { migrations, prepare, run };
  }

  it("is not prepared again, so that a killed server is back sooner", async () => {
    const { prepare, run } = await preparation();
    await run();
    await run();
    expect(prepare).toHaveBeenCalledOnce();
  });

  it("is prepared again for another migration, and for other regulations", async () => {
    const { migrations, prepare, run } = await preparation();
    await run();
    await writeFile(join(migrations, "0002_two.sql"), "SELECT 2;");
    await run();
    expect(prepare).toHaveBeenCalledTimes(2);
    await run("2");
    expect(prepare).toHaveBeenCalledTimes(3);
  });

  it("is prepared again when the preparation died", async () => {
    const { prepare, run } = await preparation();
    prepare.mockRejectedValueOnce(new Error("killed"));
    await expect(run()).rejects.toThrow("killed");
    await run();
    await run();
    expect(prepare).toHaveBeenCalledTimes(2);
  });
});
