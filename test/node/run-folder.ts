import { spawn } from "node:child_process";
import { mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const prefix = "eco2-tests-";
/** Where Linux has a file system in memory. Local stores write each row through to their disk. */
const memory = "/dev/shm";
/** What a run puts aside at most, bytes, and what it leaves to others. */
const neededBytes = 8 * 2 ** 30;

/**
 * Gives a run of the tests a temporary folder of its own, for all that it and its processes put aside. It is removed
 * some seconds after the run has ended, also after a signal.
 */
export function useRunFolder(): void {
  // A configuration may be loaded again.
  if (basename(tmpdir()).startsWith(prefix)) return;
  const folder = mkdtempSync(join(parent(), prefix));
  process.env["TMPDIR"] = folder;
  const script = join(import.meta.dirname, "remove-afterwards.sh");
  spawn(script, [String(process.pid), folder], { detached: true, stdio: "ignore" }).unref();
}

/** The folder that an environment names, or memory, where there is enough of it. */
function parent(): string {
  if (process.env["TMPDIR"] !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= neededBytes ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}
