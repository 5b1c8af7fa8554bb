import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ResultBody } from "../../src/pipeline/result-body.ts";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { runCommand } from "./run-command.ts";
import { type Server, startServer } from "./start-server.ts";

let model: ModelServer;
let server: Server;

beforeAll(async () => {
  model = await startModelServer();
  server = await startServer({
    env: { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.baseURL },
    quiet: true,
  });
});

afterAll(async () => {
  await server.stop();
  await model.close();
});

interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run scan` against the server. */
function scan(...args: string[]): Promise<Output> {
  return new Promise((resolve) => {
    execFile(
      "npm",
      ["run", "-s", "scan", "--", "--url", server.url, ...args],
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

const unique = () => `{${crypto.randomUUID()}}`;

describe("the server", () => {
  it("prints the active model and how to change it", () => {
    expect(server.output()).toContain("Active model          gpt-5.2");
    expect(server.output()).toContain("DEFAULT_MODEL=offline npm start");
  });

  it("prints no bindings and no warnings at its start", () => {
    expect(server.output()).not.toMatch(/SCAN_VISION|warning|wrangler 4/);
  });
});

it("says that a scan has no line in the log, and waits for one", async () => {
  const args = ["scripts/logs.ts", "0123abcd", "--persist-to", server.persistTo];
  const logs = spawn("node", args, { stdio: ["ignore", "inherit", "pipe"] });
  const [printed] = await once(logs.stderr, "data");
  const ended = once(logs, "exit");
  logs.kill();
  await ended;
  expect(String(printed)).toBe(
    "There is no line of 0123abcd yet. Waiting for one; Ctrl+C ends this.\n",
  );
});

describe("a scan in the terminal", () => {
  it("prints its progress and the result with the offline model", async () => {
    const words = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
    const { code, stdout, stderr } = await scan(words, "--model", "offline");
    expect(code).toBe(0);
    expect(stdout).toContain("재활용폐기물 > 무색페트병");
    expect(stdout).toMatch(/단계1 .*\n단계2 /);
    expect(stdout).toContain("페티");
    expect(stderr).toMatch(/0%.*접수[^]*25%.*확인 ✓[^]*100%.*완료 ✓/);
  });

  it("prints its id, by which npm run logs has its lines, in JSON for a pipe", async () => {
    const { stderr } = await scan("깨끗이 헹군 투명 페트병", "--model", "offline");
    const [, job = ""] = /^ {6}npm run logs -- ([0-9a-f-]{36})$/m.exec(stderr) ?? [];
    const args = ["run", "-s", "logs", "--", job.slice(0, 8), "--persist-to", server.persistTo];
    const { code, stdout } = await runCommand("npm", args);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ job, event: "stage.attempt", stage: "vision" }),
        expect.objectContaining({ job, event: "stage.attempt", stage: "answer" }),
        expect.objectContaining({ job, event: "scan.ended", status: "completed" }),
      ]),
    );
    expect(code).toBe(0);
    expect(server.output()).toContain(stdout);
  });

  it("prints the result as JSON with --json", async () => {
    const { code, stdout } = await scan("라벨 붙은 투명 페트병", "--model", "offline", "--json");
    expect(code).toBe(0);
    const { reward, pipeline_result } = ResultBody.parse(JSON.parse(stdout));
    expect(reward).toBeNull();
    expect(pipeline_result?.final_answer.insufficiencies.join()).toContain("라벨");
  });

  it("sends a photo to the model inline", async () => {
    const photo = join(server.persistTo, "photo.gif");
    const bytes = "R0lGODlhAQABAPAAAP///wAAACwAAAAAAQABAAACAkQBADs=";
    await writeFile(photo, Buffer.from(bytes, "base64"));
    const { code, stdout } = await scan("--image", photo, unique());
    expect(code).toBe(0);
    expect(stdout).toContain("무색페트병 (생수병)");
    expect(model.calls(`data:image/gif;base64,${bytes}`)).toHaveLength(1);
  });

  it.each([
    { title: "nothing to scan", args: [], code: 2, message: "Usage" },
    { title: "an unknown option", args: ["--nope"], code: 2, message: "Usage" },
    {
      title: "a photo that is not there",
      args: ["--image", "/nope.jpg"],
      code: 2,
      message: "nope.jpg",
    },
    {
      title: "no server",
      args: ["캔", "--url", "http://localhost:9"],
      code: 4,
      message: "npm start",
    },
    {
      title: "a model nobody has",
      args: ["캔", "--model", "gpt-1"],
      code: 4,
      message: "UNSUPPORTED_MODEL",
    },
    {
      title: "words without end",
      args: ["가".repeat(1_001)],
      code: 4,
      message: "user_input: has 1001 characters, of at most 1000",
    },
  ])("exits with $code when there is $title", async ({ args, code, message }) => {
    const output = await scan(...args);
    expect(output.code).toBe(code);
    expect(output.stderr).toContain(message);
  });
});

// One after another: together they would open the provider's breaker, and wait for it.
describe("a failing model", () => {
  it("fails the scan at once, with the reason, when the error is permanent", async () => {
    const id = unique();
    const { code, stdout } = await scan(`[vision:401] ${id}`);
    expect(code).toBe(1);
    expect(stdout).toContain("MODEL_UNAUTHORIZED");
    expect(model.calls(id)).toHaveLength(1);
  });

  it("is called again after 7 s, and completed stages are not repeated, when it answers Retry-After: 7", async () => {
    const id = unique();
    const { code, stderr } = await scan(`[answer:429,ok] ${id}`);
    expect(code).toBe(0);
    expect(stderr).toContain("MODEL_RATE_LIMITED");
    const [looked, refused, written, ...more] = model.calls(id);
    expect(looked?.kind).toBe("vision");
    expect((written?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(7_000);
    expect(more).toEqual([]);
  });

  it("parks the scan through the dead-letter queue, with the reason, when every attempt fails", async () => {
    const id = unique();
    const { code, stderr } = await scan(`[vision:500] ${id}`);
    expect(code).toBe(3);
    expect(stderr).toMatch(/잠시 멈췄어요.*MODEL_UNAVAILABLE/);
    expect(model.calls(id)).toHaveLength(4);
    const recorded = /"level":"warning","event":"dead_letter\.recorded".*"MODEL_UNAVAILABLE"/;
    await vi.waitUntil(() => recorded.test(server.output()), { timeout: 10_000 });
    expect(server.output()).toMatch(/"stage\.attempt".*"outcome":"parked"/);
  });
});

describe("an idle stream", () => {
  it("gets keep-alive comments", async () => {
    const response = await fetch(`${server.url}/api/v1/scan`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": "user-1" },
      body: JSON.stringify({ user_input: `생수병 [vision:silent] ${unique()}` }),
    });
    const { stream_url } = z.object({ stream_url: z.string() }).parse(await response.json());
    const { body } = await fetch(new URL(stream_url, server.url));
    let text = "";
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.includes("\n\n: keepalive\n\n")) break;
    }
    expect(text).toMatch(/"stage":"vision","status":"started"[^]*\n\n: keepalive\n\n$/);
  });
});
