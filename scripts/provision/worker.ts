import { z } from "zod";
import { type Api, Refusal } from "./api.ts";

/** What the Worker that runs has been given; its secrets' values are known to nobody. */
export interface DeployedWorker {
  vars: ReadonlyMap<string, string>;
  secrets: ReadonlySet<string>;
}

const Settings = z.looseObject({
  bindings: z.array(
    z.looseObject({ type: z.string(), name: z.string(), text: z.string().optional() }),
  ),
});

/** The Worker as it is deployed; null before the first deploy. */
export async function deployedWorker(api: Api, name: string): Promise<DeployedWorker | null> {
  try {
    const { bindings } = await api.ask(`/workers/scripts/${name}/settings`, Settings);
    const vars = bindings.flatMap(({ type, name, text }): [string, string][] =>
      type === "plain_text" && text !== undefined ? [[name, text]] : [],
    );
    const secrets = bindings.filter(({ type }) => type === "secret_text").map(({ name }) => name);
    return { vars: new Map(vars), secrets: new Set(secrets) };
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}
