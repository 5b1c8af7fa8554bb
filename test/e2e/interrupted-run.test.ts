import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { preparedVariable } from "./prepared-folder.ts";

const run = promisify(execFile);

/** The commands of all processes whose environment or arguments name a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await run("ps", ["axeww", "-o", "pid=,command="], { maxBuffer: 64 * 2 ** 20 });
  return stdout.split("\n").filter((line) => line.includes(folder));
}

const waits = { timeout: 60_000, interval: 250 };
/** The run prepares a Worker and a state of its own first, on cores that other tests use. */
const preparing = { timeout: 240_000, interval: 250 };
/** Without their watchers some end later, when they print something that nobody reads. */
const ending = { timeout: 30_000, interval: 250 };

it.each([["SIGINT"], ["SIGKILL"]] as const)(
  "leaves no process and no folder when a run of tests ends by %s",
  async (signal) => {
    // Their names are short: sockets in them may have a hundred characters.
    await using folder = await mkdtempDisposable(join(tmpdir(), "i-"));
    const { [preparedVariable]: _, ...env } = process.env;
    const tests = spawn("npx", ["vitest", "run", "--project", "e2e", "test/e2e/dev-key.test.ts"], {
      // A group of its own, as a terminal gives to each command: its Ctrl+C is a signal to all of it.
      detached: true,
      stdio: "ignore",
      // Node keeps its cache there, whoever runs.
      env: { ...env, TMPDIR: folder.path, NODE_DISABLE_COMPILE_CACHE: "1" },
    });
    const ended = once(tests, "exit");
    const commands = () => processesOf(folder.path);
    // The runtime of a server, which has its start's key, and not that which prepares the state of all.
    const isOfServer = (line: string) =>
      line.includes("workerd serve") && line.includes("START_KEY=");
    const serverRuns = async () => (await commands()).some(isOfServer);
    await expect
      .poll(async () => tests.exitCode !== null || (await serverRuns()), preparing)
      .toBe(true);
    expect(tests.exitCode).toBeNull();
    process.kill(-Number(tests.pid), signal);
    await ended;
    const isOfRun = (line: string) => !line.includes("remove-afterwards.sh");
    await expect.poll(async () => (await commands()).filter(isOfRun), ending).toEqual([]);
    await expect.poll(() => readdir(folder.path), waits).toEqual([]);
    expect(existsSync(folder.path)).toBe(true);
  },
  360_000,
);

it("leaves no server of a benchmark that is killed", async () => {
  const module = join(import.meta.dirname, "../../bench/servers.ts");
  const text = `import { start } from ${JSON.stringify(module)};
    console.log((await start("bench-model.ts", {})).pid);`;
  const benchmark = spawn("node", ["--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [pid] = await once(benchmark.stdout, "data");
  const runs = () => existsSync(`/proc/${Number(pid)}`);
  expect(runs()).toBe(true);
  benchmark.kill("SIGKILL");
  await expect.poll(runs, ending).toBe(false);
});
