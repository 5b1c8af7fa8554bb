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

/** Incidents from alerts, and what fails at this moment, which no alert may tell yet; pauses from their orders. */
export function bandsOf(
  alerts: readonly Alert[],
  entries: AuditEntries,
  { incidents, control, at }: Pick<Overview, "incidents" | "control" | "at">,
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
    ...endedPauses(entries, seconds(at)),
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

/** A pause that was ordered, and when it ends by itself, Unix s. */
interface Pause {
  from: number;
  until: number;
}

/** Pauses that are over: an operator has ended them, or their time was up. */
function endedPauses(entries: AuditEntries, now: number): Band[] {
  const pauses = new Map<string, Pause>();
  const ended: Band[] = [];
  const end = (target: string, at: number) => {
    const pause = pauses.get(target);
    if (!pause || !pauses.delete(target)) return;
    const to = Math.min(at, pause.until);
    ended.push({ kind: "pause", title: `${target} was paused`, from: pause.from, to });
  };
  for (const { at, action, target, detail } of entries.toReversed()) {
    const second = at / 1000;
    if ((pauses.get(target)?.until ?? Infinity) <= second) end(target, second);
    // An order to a stage that is paused changes its end.
    if (action === "stage.pause") {
      pauses.set(target, { from: pauses.get(target)?.from ?? second, until: untilOf(detail) });
    }
    if (action === "stage.resume") end(target, second);
  }
  for (const [target, { until }] of pauses) if (until <= now) end(target, until);
  return ended;
}

/** When the pause of an order ends by itself, Unix s. */
function untilOf(detail: unknown): number {
  const isObject = typeof detail === "object" && detail !== null;
  return isObject && "until" in detail && typeof detail.until === "string"
    ? seconds(detail.until)
    : Infinity;
}
