import { execFile } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Server, startServer } from "./start-server.ts";

const token = "events-token-of-the-export-tests";
const run = promisify(execFile);
let server: Server;
const jobs: string[] = [];

const Accepted = z.object({ job_id: z.uuid() });
const Event = z.object({
  cursor: z.coerce.number(),
  subject: z.string(),
  type: z.string(),
  time: z.iso.datetime(),
});

async function submit(words: string, region: string) {
  const response = await fetch(new URL("/api/v1/scan", server.url), {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": crypto.randomUUID() },
    body: JSON.stringify({ user_input: words, region }),
  });
  return Accepted.parse(await response.json()).job_id;
}

/** Runs the command as a user does. */
async function exportEvents(args: string[], env: Record<string, string> = { EVENTS_TOKEN: token }) {
  const command = ["run", "-s", "events:export", "--", "--url", server.url, ...args];
  const options = { env: { ...process.env, EVENTS_TOKEN: "", ...env } };
  const { stdout, stderr } = await run("npm", command, options);
  return { stdout, stderr, lines: stdout.trimEnd().split("\n") };
}
const parsed = (lines: string[]) => lines.map((line) => Event.parse(JSON.parse(line)));

beforeAll(async () => {
  server = await startServer({ env: { EVENTS_TOKEN: token, OPENAI_API_KEY: "" } });
  for (const words of ["투명 페트병", "종이 상자", "유리병"]) {
    jobs.push(await submit(words, "=서울특별시, 강남구"));
  }
  await vi.waitFor(
    async () => {
      const { lines } = await exportEvents(["--type", "scan.completed,scan.failed"]);
      expect(lines).toHaveLength(jobs.length);
    },
    { timeout: 60_000, interval: 500 },
  );
});
afterAll(() => server.stop());

describe("npm run events:export", () => {
  it("writes every event as a line of JSON in the order of cursors, and its progress to stderr", async () => {
    const { lines, stderr } = await exportEvents([]);
    const events = parsed(lines);
    expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.map(({ subject }) => subject))).toEqual(new Set(jobs));
    expect(stderr).toContain(`${events.length} events, up to cursor ${events.length}`);
  });

  it("writes only the events between two cursors or times, of the requested types", async () => {
    const all = parsed((await exportEvents([])).lines);
    const some = await exportEvents(["--from", "2", "--to", "4"]);
    expect(parsed(some.lines)).toEqual(all.slice(1, 4));
    const ends = await exportEvents(["--type", "scan.completed"]);
    expect(parsed(ends.lines)).toEqual(all.filter(({ type }) => type === "scan.completed"));
    const from = all[2]?.time ?? "";
    const since = parsed((await exportEvents(["--from", from])).lines);
    expect(since).toEqual(all.filter(({ time }) => time >= from));
    expect((await exportEvents(["--to", "2020-01-01"])).stdout).toBe("");
  });

  it("writes CSV to a file, without what a resident wrote beside the region", async () => {
    const out = join(await mkdtemp(join(tmpdir(), "eco2-export-")), "events.csv");
    const { stdout } = await exportEvents(["--type", "scan.completed", "--csv", "--out", out]);
    expect(stdout).toBe("");
    const [header, ...rows] = (await readFile(out, "utf8")).trimEnd().split("\n");
    expect(header).toMatch(/^cursor,time,type,scan,sequence,user,model,region,status,/);
    expect(rows).toHaveLength(jobs.length);
    for (const row of rows) {
      expect(row).toContain(",offline,서울특별시 강남구,completed,");
      expect(jobs.some((job) => row.includes(`,scan.completed,${job},`))).toBe(true);
    }
  });

  it.each([
    ["is refused", [], { EVENTS_TOKEN: "another" }, 4, /^Refused with 401: [^{}]+ \[\w+\]\n$/],
    [
      "does not know a type",
      ["--type", "scan.lost"],
      undefined,
      2,
      /^The server refuses this: [^{}]+ type[^{}]+ \[VALIDATION_ERROR\] Usage: [^\n]+\n$/,
    ],
    ["is given no time", ["--from", "yesterday"], undefined, 2, /from/],
    ["is given another option", ["--since", "1"], undefined, 2, /'--since'/],
  ] as const)(
    "ends with a line and a code of its own when it %s",
    async (_, args, env, code, line) => {
      const stderr = expect.stringMatching(line);
      await expect(exportEvents([...args], env)).rejects.toMatchObject({ code, stderr });
    },
  );
});
