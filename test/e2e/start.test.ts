import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "uqr";
import { describe, expect, it, vi } from "vitest";
import { withLocalStores } from "../../scripts/local-stores.ts";
import { localSecrets } from "../../scripts/start/local-secrets.ts";
import { migrateLocally } from "../../scripts/start/migrate-locally.ts";
import { prepareOnce } from "../../scripts/start/prepared-state.ts";
import { pageAddress } from "../../scripts/start/dev-key.ts";
import { logLines } from "../../scripts/start/log-lines.ts";
import { jsonLine, serverOutput, terminalLines } from "../../scripts/start/server-output.ts";
import { startBanner } from "../../scripts/start/start-banner.ts";
import { failureText, prepared } from "../../scripts/start/start-failure.ts";
import { wrangler } from "../../scripts/wrangler.ts";

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
  const shown = {
    url,
    page: pageAddress(url, "a+key"),
    phone: null,
    persistTo: ".wrangler/state",
    model: "offline",
    opsToken: "",
    newWebhookSecret: null,
  };

  it("names the URL, the pages, and how to stop", () => {
    const banner = startBanner({ ...shown, opsToken: "a-token" });
    expect(banner).toContain(`Eco² Edge is ready    ${url}`);
    expect(banner).toContain(`${url}/docs`);
    expect(banner).toMatch(/\/ops$/m);
    expect(banner).toContain("a-token");
    expect(banner).not.toContain("whsec_");
    expect(banner).toContain("Ctrl+C");
    expect(banner).toContain("fire on their schedule");
    expect(banner).toContain(`Open the page         ${url}/dev-key?key=a%2Bkey`);
    expect(banner).not.toContain("--url");
  });

  it("shows the address for phones as a QR code, light on dark whatever the terminal's colors", () => {
    const phone = "http://192.168.0.2:8787/pair?token=0123456789abcdefghijklmn";
    const plain = startBanner({ ...shown, phone });
    const lines = plain.split("\n").filter((line) => /^ {2}[█▀▄ ]{20,}$/.test(line));
    const rows = lines.flatMap((line) => {
      const modules = line.slice(2).split("");
      return [
        modules.map((it) => it === " " || it === "▄"),
        modules.map((it) => it === " " || it === "▀"),
      ];
    });
    const { data, size } = encode(phone, { border: 2 });
    expect(rows.slice(0, size)).toEqual(data);
    expect(plain).not.toContain("\x1b");
    const colored = startBanner({ ...shown, phone, colored: true });
    expect(colored.split("\x1b[97;40m").length - 1).toBe(lines.length);
    expect(startBanner(shown)).not.toMatch(/[█▀▄]/);
  });

  it("explains how to set a key when the offline model is the active one", () => {
    const banner = startBanner(shown);
    expect(banner).toContain("offline, reads words and sees photos of eleven categories");
    expect(banner).toContain("OPENAI_API_KEY=sk-... npm start");
    expect(banner).toContain("none, as OPS_TOKEN is empty");
  });

  it("reports that a vision model sees photos, and how to do without it", () => {
    const banner = startBanner({
      ...shown,
      url: "http://localhost:9",
      persistTo: "elsewhere",
      model: "gpt-5.2",
      newWebhookSecret: "whsec_made",
    });
    expect(banner).toContain("whsec_made (shown once)");
    expect(banner).toContain("gpt-5.2, reads words and photos");
    expect(banner).toContain("DEFAULT_MODEL=offline npm start");
    expect(banner).toContain("--url http://localhost:9 --persist-to elsewhere");
  });
});

describe("the secrets of a local server", () => {
  it("are made once, and stay with its state", async () => {
    const folder = await mkdtemp(join(tmpdir(), "eco2-secrets-"));
    const first = await localSecrets(folder);
    expect(first.fresh).toEqual(
      new Set(["SIGNING_SECRET", "OPS_TOKEN", "WEBHOOK_SECRETS", "VAPID_PRIVATE_KEY"]),
    );
    expect(first.values.WEBHOOK_SECRETS).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(new Set(Object.values(first.values)).size).toBe(6);
    const second = await localSecrets(folder);
    expect(second).toEqual({ values: first.values, fresh: new Set() });
    await rm(folder, { recursive: true });
  });
});

describe("the lines of a terminal", () => {
  const attempt = {
    event: "stage.attempt",
    job,
    stage: "vision",
    outcome: "recorded",
    latency_ms: 31,
    model: "offline",
  };

  it("are one an attempt, aligned, with those that ran behind it", () => {
    expect(logLines({ ...attempt, trailing_ms: { rule: 2.4 } })).toEqual([
      "vision  ✓     31 ms  6384bae8  offline",
      "rule    ✓      2 ms  6384bae8",
    ]);
  });

  it("name the reason of an attempt that failed, and when the next one is", () => {
    const retrying = { outcome: "retrying", code: "MODEL_UNAVAILABLE", retry_in_s: 6 };
    expect(logLines({ ...attempt, ...retrying })).toEqual([
      "vision  ↻     31 ms  6384bae8  offline, retrying MODEL_UNAVAILABLE, again in 6 s",
    ]);
    expect(logLines({ ...attempt, outcome: "parked", code: "MODEL_UNAVAILABLE" })).toEqual([
      "vision  ‖     31 ms  6384bae8  offline, parked MODEL_UNAVAILABLE",
    ]);
    expect(logLines({ ...attempt, outcome: "duplicate", model: null })).toEqual([
      "vision  ·     31 ms  6384bae8  duplicate",
    ]);
  });

  it("have one for the end of a scan, with its class or its code", () => {
    expect(logLines(ended)).toEqual([
      "end     ✓    500 ms  6384bae8  completed, 재활용폐기물>무색페트병",
    ]);
    const failed = { status: "failed", code: "MODEL_UNAUTHORIZED", category: undefined };
    expect(logLines({ ...ended, ...failed })).toEqual([
      "end     ✗    500 ms  6384bae8  failed, MODEL_UNAUTHORIZED",
    ]);
  });

  it("have none for any other line of the log", () => {
    for (const line of [null, "text", { ...ended, event: "events.archived" }, { ...ended, job: 1 }])
      expect(logLines(line)).toEqual([]);
  });
});

describe("the server's output", () => {
  const warning = (text: string) =>
    `\u001b[33m▲ \u001b[43;30mWARNING\u001b[0m`
      .replace("WARNING", "[WARNING]")
      .concat(` \u001b[1m${text}\u001b[0m`);
  const shown = (lines: readonly string[], isReady: boolean) => {
    const read = serverOutput();
    return lines.flatMap((text) => {
      const line = read(text, isReady);
      return line ? terminalLines(line) : [];
    });
  };

  it.each([false, true])("hides bindings, requests and wrangler's hints when ready is %s", (is) => {
    const hidden = [
      " ⛅️ wrangler 4.156.2",
      "env.SCAN_VISION (scan-vision)     Queue     local",
      warning("Scheduled Workers are not automatically triggered during local development."),
      "  To manually trigger a scheduled event, run:",
      "[wrangler:info] POST /api/v1/scan 202 Accepted (115ms)",
      '{"event":"events.archived","key":"2026"}',
      "",
    ];
    expect(shown(hidden, is)).toEqual([]);
  });

  it("shows a warning of the Worker as words when the server is ready", () => {
    const line = warning(`{"event":"dead_letter","job":"${job}","stage":"vision","delivery":3}`);
    expect(shown([line], true)).toEqual([
      `warning  dead_letter  job=${job}  stage=vision  delivery=3`,
    ]);
  });

  it("shows an error with its stack at any time, and nothing behind it", () => {
    const lines = [
      "✘ [ERROR] Uncaught Error: no",
      "",
      "      at fetch (index.js:1:2)",
      "⎔ Reloading",
    ];
    expect(shown(lines, false)).toEqual([
      "error  Uncaught Error: no",
      "      at fetch (index.js:1:2)",
    ]);
    expect(shown(["[wrangler:error] the runtime died"], false)).toEqual([
      "error  the runtime died",
    ]);
  });

  it("is JSON in a pipe, each line with its time and level", () => {
    const read = serverOutput();
    const piped = (text: string): unknown => {
      const line = read(text, true);
      return line && JSON.parse(jsonLine(line));
    };
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(piped(JSON.stringify(ended))).toEqual({ at, level: "info", ...ended });
    expect(piped(warning('{"event":"dead_letter"}'))).toEqual({
      at,
      level: "warning",
      event: "dead_letter",
    });
    expect(piped("✘ [ERROR] no")).toEqual({
      at,
      level: "error",
      event: "server.output",
      text: "no",
    });
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
      ["-e", `${script} require("./scripts/require-node.cjs")`],
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
    const run = (regulations = "1") => prepareOnce(folder, regulations, migrations, prepare);
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

describe("the migrations of a local state", () => {
  const newFolder = () => mkdtempDisposable(join(tmpdir(), "eco2-migrated-"));

  it("are applied once, and wrangler knows them", async () => {
    await using folder = await newFolder();
    await withLocalStores(folder.path, async ({ database }) => {
      await migrateLocally(database, "migrations");
      await migrateLocally(database, "migrations");
    });
    const list = ["d1", "migrations", "list", "DB", "--local", "--persist-to", folder.path];
    expect((await wrangler(...list)).stdout).toContain("No migrations to apply");
  });

  it("leave nothing of one that fails, and go on from there", async () => {
    await using folder = await newFolder();
    const migration = (name: string, text: string) => writeFile(join(folder.path, name), text);
    await migration("0001_one.sql", "CREATE TABLE one (id TEXT);");
    await migration("0002_two.sql", "CREATE TABLE two (id TEXT); INSERT INTO none VALUES (1);");
    await withLocalStores(folder.path, async ({ database }) => {
      const tables = async () => {
        const { results } = await database
          .prepare("SELECT name FROM sqlite_master WHERE name IN ('one', 'two') ORDER BY name")
          .all();
        return results.map(({ name }) => name);
      };
      await expect(migrateLocally(database, folder.path)).rejects.toThrow("no such table: none");
      expect(await tables()).toEqual(["one"]);
      await migration("0002_two.sql", "CREATE TABLE two (id TEXT);");
      await migrateLocally(database, folder.path);
      expect(await tables()).toEqual(["one", "two"]);
    });
  });
});
