import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import type { Configuration } from "./deploy-configuration.ts";
import { CommandError } from "./exit-codes.ts";
import type { DeployedWorker } from "./deployed-worker.ts";

/** The file with the settings of production, beside `.dev.vars`, and that of previews; never committed. */
export const settingsFiles = { production: ".prod.vars", preview: ".preview.vars" } as const;

/** Which deployment a command is for. */
export interface DeploymentOptions {
  /** The file with its settings, where it is not the usual one. */
  settings?: string | undefined;
  /** The preview's name; undefined for production. */
  preview?: string | undefined;
}

/** What the Worker will be given. */
export interface Settings {
  /** Each variable of `wrangler.toml`, and where its value comes from. */
  vars: Record<
    string,
    { value: string; from: "the environment" | "the file" | "the Worker" | "its default" }
  >;
  /** Secrets that this deploy sets; an empty one counts as not given. */
  secrets: Record<string, string>;
  /** Secrets that the Worker has and keeps. */
  retained: string[];
  /** Secrets that this deploy makes. */
  generated: string[];
}

/** The settings in a file; none when it is the usual one and not there. */
export async function readSettings({
  settings,
  preview,
}: DeploymentOptions): Promise<NodeJS.Dict<string>> {
  const usual = preview === undefined ? settingsFiles.production : settingsFiles.preview;
  const file = settings ?? usual;
  if (existsSync(file)) return parseEnv(await readFile(file, "utf8"));
  if (file === usual) return {};
  throw new CommandError("usage", `There is no file ${file}.`);
}

/**
 * The environment wins over the file, as with `npm start`. A variable that neither names stays as it is
 * in the Worker that runs: a deploy forgets nothing that was set before.
 */
export function settingsOf(
  { vars, secrets }: Configuration,
  env: NodeJS.Dict<string>,
  file: NodeJS.Dict<string>,
  deployed: DeployedWorker | null,
): Settings {
  const variables = Object.entries(vars).map(([name, fallback]) => {
    const places = [
      { value: env[name], from: "the environment" },
      { value: file[name], from: "the file" },
      { value: deployed?.vars.get(name), from: "the Worker" },
    ] as const;
    for (const { value, from } of places) {
      if (value !== undefined) return [name, { value, from }] as const;
    }
    return [name, { value: fallback, from: "its default" }] as const;
  });
  const given = secrets.required.flatMap((name) => {
    const value = env[name] ?? file[name];
    return value ? [[name, value] as const] : [];
  });
  const set = Object.fromEntries(given);
  const retained = secrets.required.filter((name) => !(name in set) && deployed?.secrets.has(name));
  return { vars: Object.fromEntries(variables), secrets: set, retained, generated: [] };
}
