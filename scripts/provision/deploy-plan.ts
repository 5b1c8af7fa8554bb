import type { Api } from "./cloudflare-api.ts";
import { type Configuration, readConfiguration } from "./deploy-configuration.ts";
import { readSettings, type Settings, settingsOf } from "./deploy-settings.ts";
import { type DeployedWorker, deployedWorker, namespaceIds } from "./deployed-worker.ts";
import { existingQueues, type PlannedQueue, plannedQueues } from "./queue-provisioning.ts";
import { inProfile, profileSetting } from "./small-profile.ts";
import { type SecretState, secretStates, settingErrors } from "./secret-states.ts";

/** What a deploy needs, beside what exists. */
export interface Plan {
  configuration: Configuration;
  queues: PlannedQueue[];
  /** Ids of the KV namespaces that exist, by binding. */
  namespaces: ReadonlyMap<string, string>;
  settings: Settings;
  secrets: SecretState[];
  /** Why a deploy would be refused, beside queues that are missing. */
  errors: string[];
  /** Null before the first deploy. */
  deployed: DeployedWorker | null;
}

export const missingQueues = ({ queues }: Plan): PlannedQueue[] =>
  queues.filter(({ exists }) => !exists);

/** Reads the configuration, the settings and the account, and changes nothing. Without an account it is an empty one. */
export async function readPlan(
  api: Api | null,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<Plan> {
  const [whole, given] = await Promise.all([
    readConfiguration("wrangler.toml"),
    readSettings(file),
  ]);
  const configuration = inProfile(whole, env[profileSetting] ?? given[profileSetting]);
  const [existing, deployed] = await Promise.all([
    existingQueues(api),
    api && deployedWorker(api, configuration.name),
  ]);
  const settings = settingsOf(configuration, env, given, deployed);
  const names = configuration.secrets.required;
  return {
    configuration,
    queues: plannedQueues(configuration, existing),
    namespaces: api ? await namespaceIds(api, configuration, deployed) : new Map<string, string>(),
    settings,
    secrets: secretStates(names, settings),
    errors: settingErrors(names, settings),
    deployed,
  };
}
