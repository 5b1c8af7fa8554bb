import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { confirmedAs, photoSeen, runOf } from "../support/photo-run.ts";
import { doneWithout, frame, seqOf } from "./build-frames.ts";

const seen = photoSeen({ 유리병: 0.55, 무색페트병: 0.38, 금속류: 0.04 }, "choice");
const notRecognised = { code: "NOT_RECOGNISED", message: "글로 적어 주세요." };
const textsOf = (of: Parameters<typeof runOf>[0]) => runOf(of).map((it) => JSON.stringify(it));
const how = "npm run scan -- --confirm j 유리병";

describe("a scan that asks, in the terminal", () => {
  let server: Server;
  let url: string;
  /** What was sent to confirm. */
  let choices: unknown[];
  let frames: string[];

  /** An API of one scan, which goes on with 무색페트병 whatever is chosen. It knows no 우주선. */
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
    const accepted = { job_id: "j", stream_url: "/api/v1/scan/j/events?token=t" };
    if (request.method === "GET") {
      const after = Number(searchParams.get("after"));
      response.setHeader("content-type", "text/event-stream");
      const later = frames.filter((it) => (seqOf(it) ?? 0) > after);
      return response.end(later.map((it) => `data: ${it}\n\n`).join(""));
    }
    const body = await text(request);
    response.setHeader("content-type", "application/json");
    if (pathname.endsWith("/confirm")) {
      choices.push(JSON.parse(body));
      if (body.includes("우주선")) {
        response.statusCode = 422;
        const { code, message: detail } = notRecognised;
        return response.end(JSON.stringify({ code, detail }));
      }
      // As the server replays it: the end of a run that was continued is none.
      const ended = frame({ seq: 4, stage: "done", status: "resumed" });
      frames = [...frames.slice(0, 4), ended, ...textsOf(confirmedAs(seen, "무색페트병"))];
    }
    response.statusCode = 202;
    return response.end(JSON.stringify(accepted));
  }

  beforeEach(async () => {
    choices = [];
    frames = textsOf(seen);
    server = createServer((request, response) => void answer(request, response)).listen(0);
    await once(server, "listening");
    const address = server.address();
    url = `http://localhost:${typeof address === "object" ? address?.port : ""}`;
  });
  afterEach(() => server.close());

  /** Runs the command without a terminal. */
  const scan = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const all = ["scripts/scan.ts", "--url", url, ...args];
      const child = execFile(process.execPath, all, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
      child.stdin?.end();
    });

  /** Runs it in a terminal, and types each line when it asks. */
  async function scanTyping(...lines: string[]) {
    const command = `${process.execPath} scripts/scan.ts --url ${url} 병`;
    const child = spawn("script", ["-qefc", command, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    let asked = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const questions = output.split("Enter): ").length - 1;
      while (asked < questions && lines.length > 0) {
        asked++;
        child.stdin.write(`${lines.shift()}\n`);
      }
    });
    const [code] = await once(child, "close");
    return { code, output };
  }

  it("prints the class, its candidates and how to confirm it without a terminal", async () => {
    const { code, stdout } = await scan("병");
    expect(code).toBe(0);
    expect(stdout).toContain("분류    재활용폐기물 > 유리병, 확실하지 않아요 · 가능성 55%");
    expect(stdout).toContain("후보    유리병 55%, 무색페트병 38%, 금속류 4%");
    expect(stdout).toContain(how);
    expect(choices).toEqual([]);
  });

  it.each([
    ["a category", "무색페트병", { middle_category: "무색페트병" }],
    ["words", "투명한 생수병", { words: "투명한 생수병" }],
  ])("confirms a scan by its id with %s, and prints the new result", async (_, what, choice) => {
    const { code, stdout } = await scan("--confirm", "j", what);
    expect(code).toBe(0);
    expect(choices).toEqual([choice]);
    expect(stdout).toContain("무색페트병, 직접 확인했어요");
    expect(stdout).not.toContain(how);
  });

  it("exits with 4 and the reason when the words name nothing that is known", async () => {
    const { code, stderr } = await scan("--confirm", "j", "우주선");
    expect(code).toBe(4);
    expect(stderr).toContain(`Refused with 422: ${notRecognised.message} [NOT_RECOGNISED]`);
  });

  it("exits with 2 when nothing is given to confirm", async () => {
    expect(await scan("--confirm", "j")).toMatchObject({ code: 2 });
  });

  it("exits with 1 and the sentence when nothing was recognised", async () => {
    frames = [
      frame({ seq: 0, stage: "vision", status: "failed", error: notRecognised }),
      frame({ seq: 1, ...doneWithout("failed", notRecognised) }),
    ];
    const { code, stdout } = await scan("병");
    expect(code).toBe(1);
    expect(stdout).toContain(notRecognised.message);
  });

  it.each([
    ["a number", ["2"], [{ middle_category: "무색페트병" }]],
    [
      "words, after others that name nothing",
      ["우주선", "생수병"],
      [{ words: "우주선" }, { words: "생수병" }],
    ],
  ])("goes on in a terminal with %s", async (_, lines, sent) => {
    const { code, output } = await scanTyping(...lines);
    expect(output).toContain("2  무색페트병 38%");
    expect(output).toContain("무색페트병, 직접 확인했어요");
    expect(code).toBe(0);
    expect(choices).toEqual(sent);
  });

  it("stays as it is in a terminal when nothing is typed", async () => {
    const { code, output } = await scanTyping("");
    expect(code).toBe(0);
    expect(output).toContain(how);
    expect(choices).toEqual([]);
  });
});
