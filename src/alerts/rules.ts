import { stageOf } from "../pipeline/stages/stage-table.ts";
import type { Signals } from "./signals.ts";

/** What a rule finds of one queue or stage: too much when the value is over the threshold. */
export interface Finding {
  target: string;
  /** Null when it could not be measured: nothing is opened by it, and nothing resolved. */
  value: number | null;
  threshold: number;
}

interface Rule {
  name: string;
  /** What is wrong, and where to look. */
  says: string;
  find: (signals: Signals) => Finding[];
}

/** Thresholds. An age is a multiple of its stage's lease. */
const most = { backlog: 1_000, leases: 2, failuresAMinute: 10, deadLetters: 0 };

/** What an operator is woken for. A further alert is a row. */
export const rules: readonly Rule[] = [
  {
    name: "backlog",
    says: "More messages wait than are worked off; see GET /api/v1/ops/queues.",
    find: ({ queues }) =>
      queues.map(({ name: target, waiting }) => ({
        target,
        value: waiting && waiting.messages,
        threshold: most.backlog,
      })),
  },
  {
    name: "oldest_message",
    says: "A message waits for longer than two leases, s; see GET /api/v1/ops/queues and /stages.",
    find: ({ queues }) =>
      queues.flatMap((queue) => {
        if (queue.kind !== "stage") return [];
        const { name: target, waiting, stage } = queue;
        const threshold = (stageOf(stage).leaseMs / 1000) * most.leases;
        return [{ target, value: waiting && waiting.oldestAgeSeconds, threshold }];
      }),
  },
  {
    name: "failures",
    says: "A minute had many failed attempts; see eco2_stage_failures_total by code.",
    find: ({ failuresInAMinute: value }) => [
      { target: "all stages", value, threshold: most.failuresAMinute },
    ],
  },
  {
    name: "dead_letters",
    says: "Messages were given up; see GET /api/v1/ops/dead-letters/groups and /save-letters.",
    find: ({ letters, queues }) => [
      ...letters.map(({ source: target, recent: value }) => ({
        target,
        value,
        threshold: most.deadLetters,
      })),
      // They leave these queues at once, unless their consumer fails, too.
      ...queues
        .filter(({ kind }) => kind === "dead-letters")
        .map(({ name: target, waiting }) => ({
          target,
          value: waiting && waiting.messages,
          threshold: most.deadLetters,
        })),
    ],
  },
];

/** All that the rules find, each with its rule. */
export const findingsOf = (signals: Signals): (Finding & { rule: string })[] =>
  rules.flatMap(({ name: rule, find }) =>
    find(signals).map((finding) => Object.assign({ rule }, finding)),
  );

/** What a rule says of itself; one that is not there any more says its name. */
export const saysOf = (rule: string): string =>
  rules.find(({ name }) => name === rule)?.says ?? rule;
