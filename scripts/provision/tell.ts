import { generatedFile } from "./generated.ts";
import { missingOf, othersOf, type Plan, type PlanItem } from "./plan.ts";
import { kinds } from "./resources.ts";

const signs: Record<PlanItem["state"], string> = { there: "=", missing: "+", other: "!" };

/** The plan for people: what there is, what would be made, and what only they can give. */
export function planText(plan: Plan, accountId: string): string {
  const { items, configuration, secrets, settings, troubles, deployed } = plan;
  const placeholders = items.filter(
    ({ kind, id, foundId }) => (kind === "kv" || kind === "d1") && id === null && foundId,
  );
  return [
    `Account ${accountId}, Worker ${configuration.name} (${deployed ? "deployed" : "not deployed yet"})`,
    "",
    ...items.map((item) => `  ${signs[item.state]} ${line(item)}`),
    ...configuration.analytics_engine_datasets.map(
      ({ dataset }) => `  = Analytics Engine dataset ${dataset}: made by the first point`,
    ),
    "  = Durable Objects: made by the deploy's migrations",
    "",
    ...placeholders.map(
      ({ kind, bindings, foundId }) =>
        `  ~ ${bindings.join(", ")}: wrangler.toml has a name for local use; ${generatedFile} will say ${kind === "d1" ? "database" : "namespace"} ${foundId}`,
    ),
    ...Object.entries(settings.vars)
      .filter(([, { value }]) => value !== "")
      .map(([name, { from }]) => `  ~ ${name}: from ${from}`),
    "",
    ...secrets.map(({ name, state, why }) =>
      state === "missing"
        ? `  ! ${name} is missing`
        : state === "left out"
          ? `  - ${name} is not set. Not there without it: ${why}`
          : `  = ${name}: ${state === "given" ? "set by the next deploy" : "kept as it is"}`,
    ),
    "",
    ...othersOf(plan).map(
      ({ kind, id }) =>
        `wrangler.toml names the ${kinds[kind].label} ${id}, which this account does not have.`,
    ),
    ...troubles,
    `${count(items, "there")} there, ${count(items, "missing")} to be made.`,
  ].join("\n");
}

const count = (items: readonly PlanItem[], state: PlanItem["state"]) =>
  items.filter((it) => it.state === state).length;

const line = ({ kind, name, bindings }: PlanItem) =>
  `${kinds[kind].label} ${name}${bindings.length > 0 ? ` (${bindings.join(", ")})` : ""}`;

/** The plan for programs. Secrets are named, and their values never told. */
export const planJson = (plan: Plan, accountId: string) => ({
  account_id: accountId,
  worker: { name: plan.configuration.name, deployed: plan.deployed !== null },
  resources: plan.items.map(({ kind, name, bindings, state, foundId }) => ({
    kind,
    name,
    bindings,
    state,
    id: foundId,
  })),
  settings: Object.entries(plan.settings.vars).map(([name, { from }]) => ({ name, from })),
  secrets: plan.secrets,
  troubles: plan.troubles,
  to_make: missingOf(plan).length,
});
