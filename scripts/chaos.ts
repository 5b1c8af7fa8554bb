/**
 * `npm run chaos`: seeded schedules of the job's object against a reference model. Ends with 1 when a schedule
 * breaks something, which is printed with the shortest list of steps that breaks it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandOptions, endWith, wrongUsage } from "./command-options.ts";

const usage = `Usage: npm run chaos -- [options]

  --schedules N  How many schedules run (10000).
  --seed N       Seed of the first; the next ones follow (1). A schedule is the same for the same seed.
  --minutes N    No schedule begins later (30).`;

const { values } = commandOptions(usage, {
  options: {
    schedules: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "30" },
  },
});
const numbers = [values.schedules, values.seed, values.minutes].map(Number);
if (numbers.some((it) => !(it > 0))) endWith(wrongUsage, usage);

/** Objects write often: in memory that is faster. */
const memory = "/dev/shm";
const inMemory = statSync(memory, { throwIfNoEntry: false })?.isDirectory() ?? false;
const stores = mkdtempSync(join(inMemory ? memory : tmpdir(), "chaos-"));
process.on("exit", () => rmSync(stores, { recursive: true, force: true }));

const vitest = spawn(
  "vitest",
  [
    "run",
    "--project",
    "chaos",
    "--silent=false",
    "--reporter=default",
    "test/chaos/schedules.test.ts",
  ],
  {
    stdio: "inherit",
    env: { ...process.env, CHAOS: numbers.join(" "), TMPDIR: stores },
  },
);
vitest.on("exit", (code) => (process.exitCode = code ?? 1));
