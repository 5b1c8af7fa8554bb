import { providers } from "../models/catalog.ts";
import { stageOf } from "../pipeline/stages/stage-table.ts";
import type { QueueMetrics } from "../metrics/queue-metrics.ts";
import { burnRates } from "../service-levels/error-budget.ts";
import { serviceLevelNames } from "../service-levels/service-levels.ts";
import type { RuleInput } from "./rule-input.ts";

/** The result of a rule for one target, such as a queue. It fires when `value` exceeds `threshold`. */
export interface Finding {
  target: string;
  /** Null when it could not be measured: an alert is then neither opened nor resolved. */
  value: number | null;
  threshold: number;
  /** Why, where the rule knows more than its value. */
  cause?: string | undefined;
}

interface AlertRule {
  name: string;
  /** What is wrong, and where an operator looks. */
  description: string;
  /** The page of `/ops` that shows the cause of a target, behind `#/`. */
  page: (target: string) => string;
  evaluate: (input: RuleInput) => Finding[];
}

/** `deadlines` is in deadlines of the stage. */
const thresholds = {
  backlog: 1_000,
  deadlines: 2,
  failuresPerMinute: 10,
  deadLetters: 0,
  unended: 100,
  atWork: 50,
};
/** A message that waits for as long could have been taken, s. */
const takenWithinSeconds = 60;

const backlogAbove =
  (threshold: number) =>
  ({ name: target, backlog }: QueueMetrics): Finding => ({
    target,
    value: backlog && backlog.messages,
    threshold,
  });

/** The scans of a model; those for which a fallback has answered have no error of their own. */
function jobsOf(target: string): string {
  const [model = ""] = target.split(" ");
  return `jobs?${String(new URLSearchParams({ model }))}`;
}

/** The alert rules; a new alert is one row. */
export const alertRules: readonly AlertRule[] = [
  {
    name: "backlog",
    description: "Messages arrive faster than they are processed; see GET /api/v1/ops/queues.",
    page: () => "health",
    evaluate: ({ queues }) => queues.map(backlogAbove(thresholds.backlog)),
  },
  {
    name: "oldest_message",
    description:
      "A message is older than twice its stage's deadline, in seconds; see GET /api/v1/ops/queues and /stages.",
    page: () => "health",
    evaluate: ({ queues }) =>
      queues.flatMap((queue) => {
        if (queue.kind !== "stage") return [];
        const { name: target, backlog, stage } = queue;
        const threshold = (stageOf(stage).deadlineMs / 1000) * thresholds.deadlines;
        return [{ target, value: backlog && backlog.oldestAgeSeconds, threshold }];
      }),
  },
  {
    name: "failures",
    description: "Many attempts failed within a minute; see eco2_stage_failures_total by code.",
    page: () => "health",
    evaluate: ({ worstMinute: { failures: value, most_frequent } }) => [
      {
        target: "all stages",
        value,
        threshold: thresholds.failuresPerMinute,
        cause: most_frequent === null ? undefined : `Most often ${most_frequent}`,
      },
    ],
  },
  {
    name: "provider_failing",
    description:
      "A provider failed so many times in a row that its circuit breaker is open, and its scans wait; see the incident on /ops.",
    page: (provider) => `incidents/${encodeURIComponent(provider)}`,
    evaluate: ({ control }) =>
      providers.map(({ name: target }) => {
        const breaker = control?.breakers[target];
        const value = breaker && breaker.openedAt !== null ? breaker.failures : 0;
        const { code, message } = breaker?.cause ?? {};
        const cause = code === undefined ? undefined : `${code}: ${message}`;
        return { target, value: control && value, threshold: 0, cause };
      }),
  },
  {
    name: "dead_letters",
    description: "Messages became dead letters; see GET /api/v1/ops/dead-letters/groups.",
    // An incident has the dead letters of all stages; a cause without one is there, too.
    page: () => "",
    evaluate: ({ deadLetters, queues }) => [
      ...deadLetters.map(({ source: target, recent: value }) => ({
        target,
        value,
        threshold: thresholds.deadLetters,
      })),
      // Their consumer empties a dead letter queue at once, unless it fails itself.
      ...queues
        .filter(({ kind }) => kind === "dead-letters")
        .map(backlogAbove(thresholds.deadLetters)),
    ],
  },
  {
    name: "no_consumers",
    description:
      "Messages wait, and none was handled for a minute: the consumer does not run, or all of them wait to be retried; see GET /api/v1/ops/queues.",
    page: () => "health",
    evaluate: ({ queues, attempts, control }) =>
      queues.flatMap((queue) => {
        if (queue.kind !== "stage") return [];
        const { name: target, backlog, stage } = queue;
        const isServed =
          control?.paused[stage] !== undefined ||
          attempts.some((it) => it.stage === stage && (it.deliveries > 0 || it.at_work > 0));
        const waits = backlog && backlog.oldestAgeSeconds >= takenWithinSeconds && !isServed;
        return [{ target, value: waits ? backlog.messages : backlog && 0, threshold: 0 }];
      }),
  },
  {
    name: "unacknowledged",
    description:
      "Attempts of the last half hour took long and have no end: their consumers crash or hang; see GET /api/v1/ops/stages and `stage.attempt` in the logs.",
    page: () => "health",
    evaluate: ({ attempts }) =>
      attempts.map(({ stage: target, unended: value }) => ({
        target,
        value,
        threshold: thresholds.unended,
      })),
  },
  {
    name: "attempts_at_once",
    description:
      "So many attempts are at work at once that providers may limit them; see eco2_stage_duration_seconds and GET /api/v1/ops/breakers.",
    page: () => "health",
    evaluate: ({ attempts }) => [
      {
        target: "all stages",
        value: attempts.reduce((sum, { at_work }) => sum + at_work, 0),
        threshold: thresholds.atWork,
      },
    ],
  },
  {
    name: "error_budget",
    description:
      "A service level's error budget is used up so many times faster than allowed; see its budget on the operators' page, and docs/operations.md.",
    page: () => "",
    evaluate: ({ counts }) =>
      serviceLevelNames.flatMap((name) =>
        burnRates(counts, name).map(({ rule, burn: value }) => ({
          target: `${name}, ${rule.longMs / 3_600_000} h`,
          value,
          threshold: rule.rate,
        })),
      ),
  },
  {
    name: "model_unusable",
    description:
      "A provider refuses a model for its key, billing, quota, name or input, and a fallback answers if there is one; see eco2_model_calls_total by outcome.",
    page: jobsOf,
    evaluate: ({ modelErrors }) =>
      modelErrors.map(({ model, code, calls: value }) => ({
        target: `${model} ${code}`,
        value,
        threshold: 0,
      })),
  },
  {
    name: "unread_rows",
    description:
      "So many times in the last minutes, a row of this store could not be read and was left out; see `row.unreadable` in the logs, which names it.",
    page: () => "health",
    evaluate: ({ unreadRows }) =>
      unreadRows.map(({ store: target, rows: value }) => ({ target, value, threshold: 0 })),
  },
  {
    name: "model_retirement",
    description:
      "A model of the settings is retired, or will be in less than 30 days, of which so many have passed; see GET /ready.",
    page: () => "versions",
    evaluate: ({ retiringModels }) =>
      retiringModels.map(({ setting, model, noticeDay: value }) => ({
        target: `${setting} ${model}`,
        value,
        threshold: 0,
      })),
  },
];

/** The findings of all rules. */
export const evaluateRules = (input: RuleInput): (Finding & { rule: string })[] =>
  alertRules.flatMap(({ name: rule, evaluate }) =>
    evaluate(input).map((finding) => Object.assign({ rule }, finding)),
  );

/** A rule's description; the name of a rule that does not exist any more. */
export const descriptionOf = (rule: string): string =>
  alertRules.find(({ name }) => name === rule)?.description ?? rule;

/** The page of `/ops` that shows the cause of an alert: a path on the deployment's host. */
export const pageOf = (rule: string, target: string): string =>
  `/ops#/${alertRules.find(({ name }) => name === rule)?.page(target) ?? ""}`;
