import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Plan } from "./deploy-plan.ts";
import { relocateConfiguration } from "./relocate-configuration.ts";

/** Bindings that have no local simulation, so that wrangler.toml has none of them. */
const deployedOnly = { ai: { binding: "AI" }, images: { binding: "PHOTO_CONVERTER" } };

/**
 * `wrangler.toml` with the settings and the names of the secrets. wrangler finds a D1 database and a bucket
 * by name, and a namespace by the Worker's binding: before the first deploy has ended there is none, so a
 * namespace that exists is given by its id.
 */
export function generatedConfiguration({
  configuration,
  file,
  settings,
  namespaces,
}: Pick<Plan, "configuration" | "file" | "settings" | "namespaces">): object {
  return {
    ...relocateConfiguration(configuration, file),
    ...deployedOnly,
    vars: Object.fromEntries(
      Object.entries(settings.vars).map(([name, { value }]) => [name, value]),
    ),
    // Those that are left out are not asked for: the Worker does without them.
    secrets: {
      required: [
        ...Object.keys(settings.secrets),
        ...settings.retained,
        ...settings.generated,
      ].toSorted(),
    },
    kv_namespaces: configuration.kv_namespaces.map((it) => {
      const id = namespaces.get(it.binding);
      return id === undefined ? it : Object.assign({}, it, { id });
    }),
  };
}

export async function writeGenerated(plan: Plan): Promise<void> {
  await mkdir(dirname(plan.file), { recursive: true });
  await writeFile(plan.file, `${JSON.stringify(generatedConfiguration(plan), null, 2)}\n`);
}
