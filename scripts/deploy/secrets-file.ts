import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives `use` wrangler's flags for a file with the secrets, which exists as long as it runs; no flags for none. */
export async function withSecretsFile<Result>(
  secrets: Record<string, string>,
  use: (flags: string[]) => Promise<Result>,
): Promise<Result> {
  if (Object.keys(secrets).length === 0) return use([]);
  await using folder = await mkdtempDisposable(join(tmpdir(), "secrets-"));
  const file = join(folder.path, "secrets.json");
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
  return await use(["--secrets-file", file]);
}
