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
function run(command: string, ...options: string[]) {
  const { promise, resolve } = Promise.withResolvers<{ code: number; said: string }>();
  const args = ["run", "-s", `regulations:${command}`, "--", ...options, "--persist-to", state];
  const child = execFile("npm", args, (_, stdout, stderr) =>
    resolve({ code: child.exitCode ?? 1, said: stdout + stderr }),
  );
  return promise;
}

it("publishes once, says what would change before, and refuses to go back to what never was", async () => {
  const dry = await run("publish", "--dry-run");
  expect(dry.said).toContain("Nothing is published locally.");
  expect(dry.said).toContain("+ 재활용폐기물_무색페트병");
  expect(dry.said).not.toContain("Published");

  const first = await run("publish");
  const version = /Published ([0-9a-f]{12}) locally/.exec(first.said)?.[1];
  expect(first.code).toBe(0);
  expect((await run("publish")).said).toContain("nothing is to be done");

  const never = await run("rollback", "0123456789ab");
  expect(never).toMatchObject({
    code: 1,
    said: expect.stringContaining("Version 0123456789ab was never published."),
  });
  expect((await run("rollback", version ?? "")).said).toContain(`Rolled back to ${version}.`);
});

it("says how it is used", async () => {
  expect(await run("rollback")).toMatchObject({ code: 2, said: expect.stringContaining("Usage") });
});
