import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtempDisposable, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { buildWorker } from "../scripts/wrangler.ts";

/** A checkout of the project, with its Worker built. */
export interface Checkout extends AsyncDisposable {
  name: string;
  folder: string;
}

async function git(...command: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", command);
  return stdout.trim();
}

const isBuilt = (folder: string) => existsSync(join(folder, "dist/worker/index.js"));

/**
 * Another build of the project.
 *
 * @param named a checkout's folder with a built Worker, or a commit. That is checked out and built in a folder
 * of its own, with this checkout's dependencies, and is gone when it is disposed of.
 */
export async function otherBuild(named: string): Promise<Checkout> {
  if (isBuilt(named)) {
    return {
      name: basename(resolve(named)),
      folder: resolve(named),
      async [Symbol.asyncDispose]() {},
    };
  }
  const commit = await git("rev-parse", "--short", "--verify", `${named}^{commit}`);
  const parent = await mkdtempDisposable(join(tmpdir(), "eco2-build-"));
  const folder = join(parent.path, commit);
  await using stack = new AsyncDisposableStack();
  stack.use(parent);
  await git("worktree", "add", "--quiet", "--detach", folder, commit);
  stack.defer(async () => void (await git("worktree", "remove", "--force", folder)));
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  // A deploy wants the folder of the pages; the benchmark serves none.
  await mkdir(join(folder, "dist/web"), { recursive: true });
  await buildWorker("src/index.ts", "dist/worker", folder);
  const checkout = stack.move();
  return { name: commit, folder, [Symbol.asyncDispose]: () => checkout.disposeAsync() };
}
