import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const prefix = "eco2-tests-";

/**
 * Gives a run of the tests a temporary folder of its own, for all that it and its processes put aside. It is removed
 * some seconds after the run has ended, also after a signal.
 */
export function useRunFolder(): void {
  // A configuration may be loaded again.
  if (basename(tmpdir()).startsWith(prefix)) return;
  const folder = mkdtempSync(join(tmpdir(), prefix));
  process.env["TMPDIR"] = folder;
  const script = join(import.meta.dirname, "remove-afterwards.sh");
  spawn(script, [String(process.pid), folder], { detached: true, stdio: "ignore" }).unref();
}
