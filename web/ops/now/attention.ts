import type { Cause, Overview } from "../ops-client.ts";
import { hrefOf } from "../href.ts";
import { unitOf } from "../dead-letters/kind-words.ts";
import {
  incidentDetail,
  incidentHref,
  incidentTitle,
  totalOf,
} from "../incidents/incident-words.ts";
import { formatCount, formatDuration, plural } from "../format.ts";

/** A problem that needs an operator, and the page to handle it. */
export interface AttentionItem {
  key: string;
  /** `bad`: scans fail. `warn`: scans may fail soon, or an operator has paused them. */
  tone: "bad" | "warn";
  title: string;
  detail: string;
  /** ISO 8601; null when it is unknown. */
  since: string | null;
  href: string;
  action: string;
  /** The alerts that are opened for it. */
  alerts: readonly { rule: string; target: string }[];
}

/** A projection beyond one of these limits needs attention. */
const projectionLimits = { lag: 1_000, idleMs: 10 * 60_000 };

/** An address of the API, such as `/ops#/health`, as a link on this page. */
export const hrefOfPage = (page: string): string => page.replace(/^\/ops/, "");

const inHealth = { href: hrefOf("health"), action: "See health" };
const inControls = (
  item: Pick<AttentionItem, "key" | "title" | "detail" | "since">,
): AttentionItem => ({
  ...item,
  tone: "warn",
  href: hrefOf("controls"),
  action: "Controls",
  alerts: [],
});

/** What needs attention, failing scans first. */
export function attentionOf(overview: Overview): AttentionItem[] {
  const sources = [incidents, causes, findings, breakers, pauses, projections, unreachable];
  const items = sources.flatMap((itemsOf) => itemsOf(overview));
  return items.toSorted((a, b) => Number(a.tone === "warn") - Number(b.tone === "warn"));
}

/** One for each failure of a provider, whatever it has stopped. */
const incidents = ({ incidents: all }: Overview): AttentionItem[] =>
  all.map((incident) => ({
    key: `incident ${incident.provider} ${incident.error_code}`,
    tone: "bad",
    title: incidentTitle(incident),
    detail: incidentDetail(incident),
    since: incident.since,
    href: incidentHref(incident),
    action: totalOf(incident, "parked") > 0 ? "Look and redrive" : "Look",
    alerts: [
      { rule: "provider_failing", target: incident.provider },
      ...incident.stages
        .filter(({ parked, redriving }) => parked + redriving > 0)
        .map(({ stage }) => ({ rule: "dead_letters", target: stage })),
    ],
  }));

/** Causes of which no incident tells. */
const causes = ({ causes: all }: Overview): AttentionItem[] =>
  all.filter(isNoIncident).map((cause) => ({
    key: `cause ${cause.fingerprint}`,
    tone: "bad",
    title: `${plural(cause.dead_letters, unitOf(cause))} parked at ${cause.source}: ${cause.error_code}`,
    detail: `${cause.error_message} · ${plural(cause.users, "user")}${cause.model === null ? "" : ` · ${cause.model}`}`,
    since: cause.first_seen_at,
    href: hrefOf("dead-letters", cause.fingerprint),
    action: "Look and redrive",
    alerts: [{ rule: "dead_letters", target: cause.source }],
  }));

const isNoIncident = ({ kind, provider }: Cause) => kind !== "stage" || provider === null;

/** Titles of the findings of each alert rule. Dead letters are listed by cause instead. */
const findingTitles: Record<string, (target: string, value: number, limit: number) => string> = {
  backlog: (target, value, limit) =>
    `${formatCount(value)} messages wait in ${target}, over ${formatCount(limit)}`,
  oldest_message: (target, value, limit) =>
    `The oldest message in ${target} is ${formatDuration(value)} old, over ${formatDuration(limit)}`,
  failures: (_, value, limit) =>
    `${formatCount(value)} failed attempts in a minute, over ${formatCount(limit)}`,
  no_consumers: (target, value) =>
    `${plural(value, "message waits", "messages wait")} in ${target}, and none is handled`,
  model_unusable: (target, value) => {
    const [model = "", code = ""] = target.split(" ");
    return `${plural(value, "call")} of ${model} refused by its provider: ${code}`;
  },
  unacknowledged: (target, value, limit) =>
    `${formatCount(value)} attempts of ${target} have no end, over ${formatCount(limit)}`,
  attempts_at_once: (_, value, limit) =>
    `${formatCount(value)} attempts are at work at once, over ${formatCount(limit)}`,
  error_budget: (target, value, limit) =>
    `The error budget of ${target}, is used up ${value.toFixed(1)} times too fast, over ${limit}`,
};

/** What these rules find is the effect of something else: what that is comes before it. */
const effects: ReadonlySet<string> = new Set(["failures", "error_budget"]);
const isEffect = ({ rule }: { rule: string }) => Number(effects.has(rule));

const findings = ({ findings: found, alerts, incidents: shown }: Overview): AttentionItem[] => {
  const causesFirst = found.toSorted((one, other) => isEffect(one) - isEffect(other));
  return causesFirst.flatMap((finding): AttentionItem[] => {
    const { rule, target, value, threshold, message, cause, page } = finding;
    const isListed =
      (rule === "dead_letters" && !target.startsWith("dlq-")) ||
      (rule === "provider_failing" && shown.some(({ provider }) => provider === target));
    if (isListed) return [];
    const alert = alerts.find((it) => it.rule === rule && it.target === target);
    const title = findingTitles[rule]?.(target, value, threshold);
    const isOfRule = title !== undefined && rule !== "model_unusable";
    return [
      {
        key: `finding ${rule} ${target}`,
        tone: "bad",
        title: title ?? `${target}: ${formatCount(value)}, over ${formatCount(threshold)}`,
        detail: cause ?? (isOfRule ? `Alert rule: ${rule.replaceAll("_", " ")}` : message),
        since: alert?.opened_at ?? null,
        href: hrefOfPage(page),
        action: "Look",
        alerts: [{ rule, target }],
      },
    ];
  });
};

const breakers = ({ control, incidents: shown }: Overview): AttentionItem[] =>
  (control?.breakers ?? []).flatMap(({ provider, state, failures, opened_at }) => {
    if (shown.some((incident) => incident.provider === provider)) return [];
    return inControls({
      key: `breaker ${provider}`,
      title: `The breaker of ${provider} is ${state}`,
      detail: `${plural(failures, "failure")} in a row: calls of its models are refused, except for a trial now and then.`,
      since: opened_at,
    });
  });

const pauses = ({ control }: Overview): AttentionItem[] =>
  (control?.paused ?? []).map(({ stage, by, reason, since, until }) =>
    inControls({
      key: `pause ${stage}`,
      title: `The stage ${stage} is paused`,
      detail: `${reason} · ${by}${until === null ? " · until it is resumed" : ""}`,
      since,
    }),
  );

const projections = ({ projections: all, at }: Overview): AttentionItem[] =>
  all.flatMap(({ name, lag, updated_at }): AttentionItem[] => {
    const idleMs = updated_at === null ? 0 : Date.parse(at) - Date.parse(updated_at);
    const late = lag > projectionLimits.lag || (lag > 0 && idleMs > projectionLimits.idleMs);
    if (!late) return [];
    return [
      {
        key: `projection ${name}`,
        tone: "warn",
        title: `The projection ${name} is ${plural(lag, "event")} behind`,
        detail: "Histories and statistics come from projections of the event log.",
        since: updated_at,
        ...inHealth,
        alerts: [],
      },
    ];
  });

const unreachable = ({ control }: Overview): AttentionItem[] =>
  control
    ? []
    : [
        inControls({
          key: "control",
          title: "The control object is not reached",
          detail: "Scans go on as if nothing were paused, and all breakers closed.",
          since: null,
        }),
      ];
