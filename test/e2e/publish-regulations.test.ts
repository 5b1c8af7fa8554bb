import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

let state: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "regulations-"));
});

afterAll(() => rm(state, { recursive: true }));

/** Runs a command of the README on a state of its own. */
const run = (command: string, ...options: string[]) =>
  npmRun(`regulations:${command}`, ...options, "--persist-to", state);

function npmRun(script: string, ...options: string[]) {
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>();
  const args = ["run", "-s", script, "--", ...options];
  const child = execFile("npm", args, (_, stdout, stderr) =>
    resolve({ code: child.exitCode ?? 1, output: stdout + stderr }),
  );
  return promise;
}

it("publishes once, prints the changes before, and refuses a rollback to a version that was never published", async () => {
  const dry = await run("publish", "--dry-run");
  expect(dry.output).toContain("Nothing is published locally.");
  expect(dry.output).toContain("+ 재활용폐기물_무색페트병");
  expect(dry.output).not.toContain("Published");

  const first = await run("publish");
  const version = /Published ([0-9a-f]{12}) locally/.exec(first.output)?.[1];
  expect(first.code).toBe(0);
  expect((await run("publish")).output).toContain("nothing is to be done");

  const never = await run("rollback", "0123456789ab");
  expect(never).toMatchObject({
    code: 1,
    output: expect.stringContaining("Version 0123456789ab was never published."),
  });
  expect((await run("rollback", version ?? "")).output).toContain(`Rolled back to ${version}.`);
}, 360_000);

it("lists the sources that were last checked over a year before a day", async () => {
  const { code, output } = await npmRun("regulations:stale", "--on", "2100-01-01");
  expect(code).toBe(0);
  expect(output).toMatch(/^never\t.*\thttps:\/\//m);
  expect(output).toMatch(/^2026-11-29\t재활용폐기물_종이\t.*\thttps:\/\/www\.law\.go\.kr/m);
  expect((await npmRun("regulations:stale", "--since", "2026")).code).toBe(2);
});

it("prints its usage when arguments are missing", async () => {
  expect(await run("rollback")).toMatchObject({
    code: 2,
    output: expect.stringContaining("Usage"),
  });
});
