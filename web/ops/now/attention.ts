import type { Overview } from "../api/shapes.ts";
import { hrefOf } from "../address.ts";
import { countWords, durationWords, plural } from "../words.ts";

/** One thing that an operator has to look at: what it is, since when, and where it is dealt with. */
export interface Matter {
  key: string;
  /** `bad`: scans do not get through. `warn`: it may become so, or somebody has wanted it. */
  tone: "bad" | "warn";
  title: string;
  detail: string;
  /** ISO 8601; null when nobody knows. */
  since: string | null;
  href: string;
  action: string;
}

/** A reader that is so far behind, or so long, needs somebody. */
const readerLimits = { lag: 1_000, idleMs: 10 * 60_000 };

/** What needs attention, what keeps scans from getting through first. */
export function attentionOf(overview: Overview): Matter[] {
  const matters = [
    ...causes(overview),
    ...findings(overview),
    ...saves(overview),
    ...breakers(overview),
    ...pauses(overview),
    ...readers(overview),
    ...unreachable(overview),
  ];
  return matters.toSorted((a, b) => Number(a.tone === "warn") - Number(b.tone === "warn"));
}

const causes = ({ causes: all }: Overview): Matter[] =>
  all.map((cause) => ({
    key: `cause ${cause.fingerprint}`,
    tone: "bad",
    title: `${plural(cause.letters, "scan")} parked at ${cause.stage}: ${cause.error_code}`,
    detail: `${cause.error_message} · ${plural(cause.users, "user")}${cause.model === null ? "" : ` · ${cause.model}`}`,
    since: cause.first_seen_at,
    href: hrefOf("letters", cause.fingerprint),
    action: "Look and redrive",
  }));

/** What a rule of alerts finds at a queue or stage, in words. Dead letters are told by their cause. */
const findingWords: Record<string, (target: string, value: number, limit: number) => string> = {
  backlog: (target, value, limit) =>
    `${countWords(value)} messages wait in ${target}, over ${countWords(limit)}`,
  oldest_message: (target, value, limit) =>
    `The oldest message in ${target} is ${durationWords(value)} old, over ${durationWords(limit)}`,
  failures: (_, value, limit) =>
    `${countWords(value)} failed attempts in a minute, over ${countWords(limit)}`,
};

const findings = ({ findings: found, alerts }: Overview): Matter[] =>
  found.flatMap(({ rule, target, value, threshold, message }): Matter[] => {
    const known = rule === "dead_letters" && !target.startsWith("dlq-");
    if (known) return [];
    const alert = alerts.find((it) => it.rule === rule && it.target === target);
    const words = findingWords[rule]?.(target, value, threshold);
    return [
      {
        key: `finding ${rule} ${target}`,
        tone: "bad",
        title: words ?? `${target}: ${countWords(value)}, over ${countWords(threshold)}`,
        detail: words === undefined ? message : "Alert rule: " + rule.replaceAll("_", " "),
        since: alert?.opened_at ?? null,
        href: hrefOf("health"),
        action: "See health",
      },
    ];
  });

const saves = ({ saves: all }: Overview): Matter[] =>
  all
    .filter(({ parked }) => parked > 0)
    .map(({ queue, parked, redriving, oldest_at }) => ({
      key: `saves ${queue}`,
      tone: "bad",
      title: `${plural(parked, "save")} of ${queue} did not go through`,
      detail: `Tried again by themselves${redriving > 0 ? `; ${countWords(redriving)} on their way` : ""}.`,
      since: oldest_at,
      href: hrefOf("letters"),
      action: "See them",
    }));

const breakers = ({ control }: Overview): Matter[] =>
  (control?.breakers ?? []).map(({ provider, state, failures, opened_at }) => ({
    key: `breaker ${provider}`,
    tone: "warn",
    title: `The breaker of ${provider} is ${state}`,
    detail: `${plural(failures, "failure")} in a row: its models are left alone, and tried now and then.`,
    since: opened_at,
    href: hrefOf("controls"),
    action: "Controls",
  }));

const pauses = ({ control }: Overview): Matter[] =>
  (control?.paused ?? []).map(({ stage, by, reason, since, until }) => ({
    key: `pause ${stage}`,
    tone: "warn",
    title: `The stage ${stage} is paused`,
    detail: `${reason} · ${by}${until === null ? " · until it is resumed" : ""}`,
    since,
    href: hrefOf("controls"),
    action: "Controls",
  }));

const readers = ({ readers: all, at }: Overview): Matter[] =>
  all.flatMap(({ name, lag, dead_letters, updated_at }): Matter[] => {
    const idleMs = updated_at === null ? 0 : Date.parse(at) - Date.parse(updated_at);
    const late = lag > readerLimits.lag || (lag > 0 && idleMs > readerLimits.idleMs);
    if (!late && dead_letters === 0) return [];
    return [
      {
        key: `reader ${name}`,
        tone: "warn",
        title: late
          ? `The reader ${name} is ${plural(lag, "event")} behind`
          : `The reader ${name} left out ${plural(dead_letters, "event")}`,
        detail: "Histories and statistics are read from the event log.",
        since: updated_at,
        href: hrefOf("health"),
        action: "See health",
      },
    ];
  });

const unreachable = ({ control }: Overview): Matter[] =>
  control
    ? []
    : [
        {
          key: "control",
          tone: "warn",
          title: "The control object is not reached",
          detail: "Scans go on as if nothing were paused, and all breakers closed.",
          since: null,
          href: hrefOf("controls"),
          action: "Controls",
        },
      ];
