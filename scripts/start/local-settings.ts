import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Configuration } from "../provision/deploy-configuration.ts";

/** Settings and secrets that wrangler.toml names: the environment wins over `.dev.vars`. */
export async function localSettings(
  { vars, secrets }: Configuration,
  persistTo: string,
): Promise<Record<string, string>> {
  const file = existsSync(".dev.vars") ? parseEnv(await readFile(".dev.vars", "utf8")) : {};
  const names = [...Object.keys(vars), ...secrets.required];
  const given = names.flatMap((name) => {
    const value = process.env[name] ?? file[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    AUTH_MODE: "dev",
    ...Object.fromEntries(secrets.required.map((name) => [name, ""])),
    SIGNING_SECRET: await signingSecret(persistTo),
    ...Object.fromEntries(given),
  };
}

/** Signs addresses as long as the state exists: made once, and stored beside it. */
async function signingSecret(persistTo: string): Promise<string> {
  const file = join(persistTo, "signing-secret");
  if (!existsSync(file)) {
    await mkdir(persistTo, { recursive: true });
    await writeFile(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  return readFile(file, "utf8");
}
