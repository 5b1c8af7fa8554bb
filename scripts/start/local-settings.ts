import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { newDevKey } from "./dev-key.ts";
import type { Configuration } from "../provision/deploy-configuration.ts";
import type { LocalSecrets } from "./local-secrets.ts";

/**
 * Settings and secrets that wrangler.toml names: the environment wins over `.dev.vars`, and that over what the
 * server has made for itself.
 */
export async function localSettings(
  { vars, secrets }: Configuration,
  { values }: LocalSecrets,
): Promise<Record<string, string>> {
  const file = existsSync(".dev.vars") ? parseEnv(await readFile(".dev.vars", "utf8")) : {};
  const names = [...Object.keys(vars), ...secrets.required, "DEV_KEY"];
  const given = names.flatMap((name) => {
    const value = process.env[name] ?? file[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    AUTH_MODE: "dev",
    DEV_KEY: newDevKey(),
    ...Object.fromEntries(secrets.required.map((name) => [name, ""])),
    ...values,
    ...Object.fromEntries(given),
  };
}
