import type { Cause, Incident, Overview } from "../ops-client.ts";
import type { Redrivable } from "../dead-letters/redrivable.ts";
import { formatCount, plural } from "../format.ts";
import { hrefOf } from "../href.ts";
import type { Filters } from "../jobs/job-view.ts";

/** What the scans of an incident do that go on by themselves, as the list of jobs names it. */
export const goingOn = ["waiting", "retrying", "running"] as const;
export type IncidentStatus = (typeof goingOn)[number] | "parked";
type State = IncidentStatus | "redriving";
type StageCounts = Incident["stages"][number];

/** How many scans of an incident are in some states, at all stages. */
export const totalOf = ({ stages }: Incident, ...states: readonly State[]): number =>
  stages.reduce((sum, stage) => sum + sumOf(stage, states), 0);

const sumOf = (stage: StageCounts, states: readonly State[]): number =>
  states.reduce((sum, state) => sum + stage[state], 0);

/** The filters of the list of jobs that find an incident's: another provider's may have the same code. */
export const jobsOf = (incident: Incident, status: IncidentStatus): Filters => ({
  status,
  code: incident.error_code,
  at_fault: incident.provider,
});

/** `openai: MODEL_UNAVAILABLE, 81 scans`. */
export const incidentTitle = ({ provider, error_code, scans }: Incident): string =>
  `${provider}: ${error_code}, ${plural(scans, "scan")}`;

const nameOf = ({ provider, error_code }: Pick<Incident, "provider" | "error_code">) =>
  `${provider}/${error_code}`;

export const incidentHref = (incident: Incident): string => hrefOf("incidents", nameOf(incident));

/** The incident of a name, or the first of a provider, which alerts link to. */
export const incidentNamed = (incidents: readonly Incident[], name: string) =>
  incidents.find((it) => nameOf(it) === name) ?? incidents.find((it) => it.provider === name);

/** The provider's own words, the scans by stage, how many go on by themselves, and the breaker. */
export function incidentDetail(incident: Incident): string {
  const { error_message, stages, breaker } = incident;
  const byStage = stages.map(
    (it) => `${it.stage} ${formatCount(sumOf(it, [...goingOn, "parked", "redriving"]))}`,
  );
  const open = totalOf(incident, ...goingOn);
  return [
    error_message,
    byStage.join(", "),
    open > 0 && plural(open, "scan goes on by itself", "scans go on by themselves"),
    `breaker ${breaker}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The causes that an incident has parked scans for: one for each stage, model and version of the regulations. */
export const causesOf = (
  { provider, error_code }: Incident,
  { causes }: Pick<Overview, "causes">,
): Cause[] => causes.filter((it) => it.provider === provider && it.error_code === error_code);

/**
 * The scans that an incident had parked when it was read, at all stages: one goes first, and closes the
 * breaker.
 */
export function redrivableOfIncident(
  incident: Incident,
  overview: Pick<Overview, "causes" | "at">,
): Redrivable {
  const { provider, error_code } = incident;
  const own = causesOf(incident, overview);
  const costs = own.map((it) =>
    it.cost_each_usd === null ? null : it.cost_each_usd * it.dead_letters,
  );
  const parked = totalOf(incident, "parked");
  const known = costs.filter((it) => it !== null);
  return {
    title: `${error_code} of ${provider}`,
    kind: "stage",
    filter: { kind: "stage", provider, code: error_code, to: overview.at },
    dead_letters: parked,
    cost_each_usd:
      parked === 0 || known.length < costs.length
        ? null
        : known.reduce((sum, it) => sum + it, 0) / parked,
    canary: 1,
  };
}
