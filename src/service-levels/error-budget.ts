import { type EventCounts, type ServiceLevelCounts } from "./counts.ts";
import { serviceLevelNames, type ServiceLevelName, serviceLevels } from "./service-levels.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * An alert by burn rate: how many times faster than allowed the budget is used up, in a long window and, so that the
 * alert ends soon after its cause, in a short one. https://sre.google/workbook/alerting-on-slos/
 */
export const burnRules = [
  { longMs: hourMs, shortMs: 5 * minuteMs, rate: 14.4 },
  { longMs: 6 * hourMs, shortMs: 30 * minuteMs, rate: 6 },
] as const;
/** The window of the budget, ms. */
export const budgetMs = 7 * 24 * hourMs;
/** Of fewer events in its long window a burn rate says nothing. */
export const leastEvents = 20;

/** A time, and the counts up to then. */
export interface CountsAt {
  at: number;
  counts: ServiceLevelCounts;
}

/** The counts of now, and those of earlier times, oldest first. */
export interface CountHistory {
  now: CountsAt;
  earlier: readonly CountsAt[];
}

/** The events of a service level in a window that ends now: all, when counting began later. */
function eventsIn({ now, earlier }: CountHistory, name: ServiceLevelName, windowMs: number) {
  const none: EventCounts = { total: 0, bad: 0 };
  const before = earlier.findLast(({ at }) => at <= now.at - windowMs)?.counts[name];
  const after = now.counts[name] ?? none;
  const { total, bad } = before ?? none;
  // A counter that was reset began anew.
  return after.total < total || after.bad < bad
    ? after
    : { total: after.total - total, bad: after.bad - bad };
}

/** The share of bad events by the share that is allowed; 1 uses the budget up exactly. */
const burnOf = ({ total, bad }: EventCounts, target: number) =>
  total === 0 ? 0 : bad / total / (1 - target);

/** How fast a service level's budget is used up, by rule. */
export const burnRates = (history: CountHistory, name: ServiceLevelName) =>
  burnRules.map((rule) => {
    const long = eventsIn(history, name, rule.longMs);
    const short = eventsIn(history, name, rule.shortMs);
    const { target } = serviceLevels[name];
    const burn =
      long.total < leastEvents ? 0 : Math.min(burnOf(long, target), burnOf(short, target));
    return { rule, burn };
  });

/** What is left of each error budget. */
export const errorBudgets = (history: CountHistory) =>
  serviceLevelNames.map((name) => {
    const { title, target } = serviceLevels[name];
    const { total, bad } = eventsIn(history, name, budgetMs);
    return {
      name,
      title,
      target,
      total,
      bad,
      /** 1 at first, 0 when it is used up, negative beyond; null without events. */
      budget_left: total === 0 ? null : 1 - burnOf({ total, bad }, target),
    };
  });
