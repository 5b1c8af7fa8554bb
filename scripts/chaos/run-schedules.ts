import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Objects write often: in memory that is faster. */
const memory = "/dev/shm";

/** Runs as many schedules as there is time for, from a seed on. Ends with 1 when one of them breaks something. */
export function runSchedules(schedules: number, seed: number, minutes: number): void {
  const isInMemory = statSync(memory, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const stores = mkdtempSync(join(isInMemory ? memory : tmpdir(), "chaos-"));
  process.on("exit", () => rmSync(stores, { recursive: true, force: true }));
  const file = "test/chaos/schedules.test.ts";
  const vitest = spawn("vitest", ["run", "--project", "chaos", "--silent=false", file], {
    stdio: "inherit",
    env: { ...process.env, CHAOS: [schedules, seed, minutes].join(" "), TMPDIR: stores },
  });
  vitest.on("exit", (code) => (process.exitCode = code ?? 1));
}
