import type { AuditEntries, Incident, Overview } from "../ops-client.ts";

/** A time in which a stage was paused, or a provider failed. Unix s; one that goes on has no end. */
export interface Band {
  kind: "pause" | "incident";
  title: string;
  from: number;
  to: number | null;
}

interface Alert {
  rule: string;
  target: string;
  opened_at: string;
  resolved_at: string | null;
}

const seconds = (at: string) => Date.parse(at) / 1000;

/** Incidents from alerts, and what fails at this moment, which no alert may tell yet; pauses from the audit. */
export function bandsOf(
  alerts: readonly Alert[],
  entries: AuditEntries,
  { incidents, control }: Pick<Overview, "incidents" | "control">,
): Band[] {
  return [
    ...alerts
      .filter(({ rule, resolved_at }) => rule === "provider_failing" && resolved_at !== null)
      .map(({ target, opened_at, resolved_at }) => ({
        kind: "incident" as const,
        title: `${target} fails`,
        from: seconds(opened_at),
        to: resolved_at === null ? null : seconds(resolved_at),
      })),
    ...incidents.map(incidentBand),
    ...endedPauses(entries),
    ...(control?.paused ?? []).map(({ stage, since }) => ({
      kind: "pause" as const,
      title: `${stage} is paused`,
      from: seconds(since),
      to: null,
    })),
  ];
}

const incidentBand = ({ provider, error_code, since }: Incident): Band => ({
  kind: "incident",
  title: `${provider}: ${error_code}`,
  from: seconds(since),
  to: null,
});

/** Pauses that an operator has ended. */
function endedPauses(entries: AuditEntries): Band[] {
  const pausedAt = new Map<string, number>();
  const ended: Band[] = [];
  for (const { at, action, target } of entries.toReversed()) {
    const from = pausedAt.get(target);
    if (action === "stage.pause" && from === undefined) pausedAt.set(target, at / 1000);
    if (action !== "stage.resume" || from === undefined) continue;
    pausedAt.delete(target);
    ended.push({ kind: "pause", title: `${target} was paused`, from, to: at / 1000 });
  }
  return ended;
}
