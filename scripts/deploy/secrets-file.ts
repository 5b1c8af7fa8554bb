import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withTemporaryFolder } from "../temporary-folder.ts";

/** Gives `use` wrangler's flags for a file with the secrets, which exists as long as it runs; no flags for none. */
export async function withSecretsFile<Result>(
  secrets: Record<string, string>,
  use: (flags: string[]) => Promise<Result>,
): Promise<Result> {
  if (Object.keys(secrets).length === 0) return use([]);
  return withTemporaryFolder("secrets-", async (folder) => {
    const file = join(folder, "secrets.json");
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
    return use(["--secrets-file", file]);
  });
}
