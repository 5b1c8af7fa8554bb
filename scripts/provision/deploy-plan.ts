import type { Api } from "./cloudflare-api.ts";
import { type Configuration, readConfiguration } from "./deploy-configuration.ts";
import {
  type DeploymentOptions,
  readSettings,
  type Settings,
  settingsOf,
} from "./deploy-settings.ts";
import { type DeployedWorker, deployedWorker, namespaceIds } from "./deployed-worker.ts";
import { existingQueues, type PlannedQueue, plannedQueues } from "./queue-provisioning.ts";
import { generatedFileOf } from "./generated-file.ts";
import { previewConfiguration } from "./preview-configuration.ts";
import { parsePreviewName } from "./preview-name.ts";
import {
  type SecretState,
  secretStates,
  settingErrors,
  withGeneratedSecrets,
} from "./secret-states.ts";
import { inProfile, profileSetting } from "./small-profile.ts";

/** What a deploy needs, beside what exists. */
export interface Plan {
  configuration: Configuration;
  /** Where the configuration of this deploy is generated. */
  file: string;
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
  options: DeploymentOptions,
  env: NodeJS.ProcessEnv,
): Promise<Plan> {
  const preview = options.preview === undefined ? null : parsePreviewName(options.preview);
  const [whole, given] = await Promise.all([
    readConfiguration("wrangler.toml"),
    readSettings(options),
  ]);
  const profile = env[profileSetting] ?? given[profileSetting] ?? (preview === null ? "" : "small");
  const profiled = inProfile(whole, profile);
  const configuration = preview === null ? profiled : previewConfiguration(profiled, preview);
  const [existing, deployed] = await Promise.all([
    existingQueues(api),
    api && deployedWorker(api, configuration.name),
  ]);
  const names = configuration.secrets.required;
  const known = settingsOf(configuration, env, given, deployed);
  const settings = preview === null ? known : withGeneratedSecrets(names, known);
  return {
    configuration,
    file: generatedFileOf(preview),
    queues: plannedQueues(configuration, existing),
    namespaces: api ? await namespaceIds(api, configuration, deployed) : new Map<string, string>(),
    settings,
    secrets: secretStates(names, settings),
    errors: settingErrors(names, settings),
    deployed,
  };
}
