import { execFile } from "node:child_process";
import { promisify } from "node:util";

const git = promisify(execFile);

/** Which commit is deployed, and whether files differ from it; null where there is no repository. */
export async function commit(): Promise<{ id: string; isClean: boolean } | null> {
  try {
    const [head, status] = await Promise.all([
      git("git", ["rev-parse", "--short=12", "HEAD"]),
      git("git", ["status", "--porcelain"]),
    ]);
    return { id: head.stdout.trim(), isClean: status.stdout.trim() === "" };
  } catch {
    return null;
  }
}
