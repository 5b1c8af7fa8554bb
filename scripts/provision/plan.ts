import type { Api } from "./api.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { type Found, type Kind, kinds, type Wanted, wantedBy } from "./resources.ts";
import { type SecretState, secretStates, settingTroubles } from "./secrets.ts";
import { readSettings, type Settings, settingsOf } from "./settings.ts";
import { type DeployedWorker, deployedWorker } from "./worker.ts";

export interface PlanItem extends Wanted {
  /** `other`: `wrangler.toml` names an id that this account does not have. */
  state: "there" | "missing" | "other";
  /** Its id in this account. */
  foundId: string | null;
}

/** What a deploy needs, beside what there is. */
export interface Plan {
  configuration: Configuration;
  items: PlanItem[];
  settings: Settings;
  secrets: SecretState[];
  /** Why a deploy would be refused, beside what is missing. */
  troubles: string[];
  deployed: DeployedWorker | null;
}

/** Compares what is wanted with what there is. */
export function planItems(
  wanted: readonly Wanted[],
  found: Record<Kind, readonly Found[]>,
): PlanItem[] {
  return wanted.map((it) => {
    const same = found[it.kind].find(({ id, name }) =>
      it.id === null ? name === it.name : id === it.id,
    );
    if (same) return { ...it, name: same.name, state: "there", foundId: same.id };
    return { ...it, state: it.id === null ? "missing" : "other", foundId: null };
  });
}

export const missingOf = ({ items }: Plan) => items.filter(({ state }) => state === "missing");
export const othersOf = ({ items }: Plan) => items.filter(({ state }) => state === "other");

/** Looks at the account, and changes nothing. */
export async function survey(api: Api, file: string, env: NodeJS.ProcessEnv): Promise<Plan> {
  const [configuration, given] = await Promise.all([
    readConfiguration("wrangler.toml"),
    readSettings(file),
  ]);
  const [queue, d1, kv, r2, deployed] = await Promise.all([
    kinds.queue.list(api),
    kinds.d1.list(api),
    kinds.kv.list(api),
    kinds.r2.list(api),
    deployedWorker(api, configuration.name),
  ]);
  const settings = settingsOf(configuration, env, given, deployed);
  const names = configuration.secrets.required;
  return {
    configuration,
    items: planItems(wantedBy(configuration), { queue, d1, kv, r2 }),
    settings,
    secrets: secretStates(names, settings),
    troubles: settingTroubles(names, settings),
    deployed,
  };
}
