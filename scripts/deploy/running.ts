import { z } from "zod";
import { type Api, Refusal } from "../provision/api.ts";
import type { Configuration } from "../provision/configuration.ts";

const Deployments = z.looseObject({
  deployments: z.array(
    z.looseObject({ versions: z.array(z.looseObject({ version_id: z.string() })) }),
  ),
});
const Subdomain = z.looseObject({ subdomain: z.string().nullish() });

/** What answers a 404 with is as good as none. */
async function orNull<Result>(asked: Promise<Result>): Promise<Result | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

/** The version that runs, which a rollback goes back to; null before the first deploy. */
export async function runningVersion(api: Api, name: string): Promise<string | null> {
  const found = await orNull(api.ask(`/workers/scripts/${name}/deployments`, Deployments));
  return found?.deployments[0]?.versions[0]?.version_id ?? null;
}

/** Where the Worker is on workers.dev; null when it is not, or nobody has chosen a subdomain yet. */
export async function workersDevUrl(
  api: Api,
  { name, workers_dev }: Configuration,
): Promise<string | null> {
  if (!workers_dev) return null;
  const found = await orNull(api.ask("/workers/subdomain", Subdomain));
  return found?.subdomain ? `https://${name}.${found.subdomain}.workers.dev` : null;
}
