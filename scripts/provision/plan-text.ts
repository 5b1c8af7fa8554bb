import { missingQueues, type Plan } from "./deploy-plan.ts";
import type { SecretState } from "./secret-states.ts";

const secretLines: Record<SecretState["state"], (secret: SecretState) => string> = {
  missing: ({ name }) => `  ! ${name} is missing`,
  unset: ({ name, why }) => `  - ${name} is not set. Unavailable without it: ${why}`,
  given: ({ name }) => `  = ${name}: set by the next deploy`,
  retained: ({ name }) => `  = ${name}: kept as it is`,
  generated: ({ name }) => `  + ${name}: made by the next deploy`,
};

/** The plan for people: what exists, what would be created, and what only they can give. */
export function planText(plan: Plan, accountId: string | null): string {
  const { queues, configuration, secrets, settings, errors, deployed } = plan;
  const { kv_namespaces, d1_databases, r2_buckets } = configuration;
  const stores = [...kv_namespaces, ...d1_databases, ...r2_buckets].map(({ binding }) => binding);
  const missing = missingQueues(plan).length;
  return [
    accountId === null
      ? `An empty account, Worker ${configuration.name}`
      : `Account ${accountId}, Worker ${configuration.name} (${deployed ? "deployed" : "not deployed yet"})`,
    "",
    ...queues.map(
      ({ name, bindings, exists }) =>
        `  ${exists ? "=" : "+"} queue ${name}${bindings.length > 0 ? ` (${bindings.join(", ")})` : ""}`,
    ),
    `  ~ ${stores.join(", ")}: wrangler finds or creates them when it deploys`,
    "",
    ...Object.entries(settings.vars)
      .filter(([, { value }]) => value !== "")
      .map(([name, { from }]) => `  ~ ${name}: from ${from}`),
    "",
    ...secrets.map((secret) => secretLines[secret.state](secret)),
    "",
    ...errors,
    `${queues.length - missing} queues exist, ${missing} to be created.`,
  ].join("\n");
}

/** The plan for programs. Secrets are named, and their values never printed. */
export const planJson = (plan: Plan, accountId: string | null) => ({
  account_id: accountId,
  worker: { name: plan.configuration.name, deployed: plan.deployed !== null },
  queues: plan.queues,
  settings: Object.entries(plan.settings.vars).map(([name, { from }]) => ({ name, from })),
  secrets: plan.secrets,
  errors: plan.errors,
  to_create: missingQueues(plan).length,
});
