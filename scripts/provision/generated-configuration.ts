import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Plan } from "./deploy-plan.ts";
import { relocateConfiguration } from "./relocate-configuration.ts";

/**
 * The configuration that a deploy uses: wrangler.toml with the deployment's settings. It is generated
 * from the account each time, so nothing about an account is committed, and nothing goes stale.
 */
export const generatedFile = "dist/deploy/wrangler.json";

/** Bindings that have no local simulation, so that wrangler.toml has none of them. */
const deployedOnly = { ai: { binding: "AI" }, images: { binding: "PHOTO_CONVERTER" } };

/**
 * `wrangler.toml` with the settings and the names of the secrets. wrangler finds a D1 database and a bucket
 * by name, and a namespace by the Worker's binding: before the first deploy has ended there is none, so a
 * namespace that exists is given by its id.
 */
export function generatedConfiguration({
  configuration,
  settings,
  namespaces,
}: Pick<Plan, "configuration" | "settings" | "namespaces">): object {
  return {
    ...relocateConfiguration(configuration, generatedFile),
    ...deployedOnly,
    vars: Object.fromEntries(
      Object.entries(settings.vars).map(([name, { value }]) => [name, value]),
    ),
    // Those that are left out are not asked for: the Worker does without them.
    secrets: { required: [...Object.keys(settings.secrets), ...settings.retained].toSorted() },
    kv_namespaces: configuration.kv_namespaces.map((it) => {
      const id = namespaces.get(it.binding);
      return id === undefined ? it : Object.assign({}, it, { id });
    }),
  };
}

export async function writeGenerated(plan: Plan): Promise<void> {
  await mkdir(dirname(generatedFile), { recursive: true });
  await writeFile(generatedFile, `${JSON.stringify(generatedConfiguration(plan), null, 2)}\n`);
}
