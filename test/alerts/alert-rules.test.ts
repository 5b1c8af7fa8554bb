import { describe, expect, it } from "vitest";
import { evaluateRules, alertRules } from "../../src/alerts/alert-rules.ts";
import type { RuleInput } from "../../src/alerts/rule-input.ts";

const quiet: RuleInput = {
  queues: [],
  failuresInAMinute: 0,
  modelErrors: [],
  deadLetters: [],
  retiringModels: [],
};

const queue = (messages: number, oldestAgeSeconds: number) => ({
  kind: "stage" as const,
  stage: "vision" as const,
  name: "scan-vision-1",
  backlog: { messages, oldestAgeSeconds },
});

/** The alertRules that are broken, each with what it is about. */
const broken = (input: Partial<RuleInput>) =>
  evaluateRules({ ...quiet, ...input })
    .filter(({ value, threshold }) => value !== null && value > threshold)
    .map(({ rule, target }) => `${rule} ${target}`);

describe("alert rules", () => {
  it("are quiet at their thresholds", () => {
    expect(broken({ queues: [queue(1_000, 120)], failuresInAMinute: 10 })).toEqual([]);
  });

  it("fire for a backlog of more than 1,000", () => {
    expect(broken({ queues: [queue(1_001, 0)] })).toEqual(["backlog scan-vision-1"]);
  });

  it.each([
    ["vision", 120],
    ["rule", 20],
    ["answer", 120],
    ["reward", 60],
  ] as const)("fire for a message of %s that is older than %i s", (stage, seconds) => {
    const of = (oldestAgeSeconds: number) =>
      broken({ queues: [{ ...queue(1, oldestAgeSeconds), stage }] });
    expect(of(seconds)).toEqual([]);
    expect(of(seconds + 0.001)).toEqual(["oldest_message scan-vision-1"]);
  });

  it("ignore the age of queues that wait by design", () => {
    const webhooks = {
      kind: "other" as const,
      name: "webhooks",
      backlog: { messages: 1, oldestAgeSeconds: 7_200 },
    };
    expect(broken({ queues: [webhooks] })).toEqual([]);
  });

  it("fire for more than 10 failures in a minute", () => {
    expect(broken({ failuresInAMinute: 11 })).toEqual(["failures all stages"]);
  });

  it("fire for a model that its provider refuses, by model and code", () => {
    const modelErrors = [{ model: "gpt-5.2", code: "MODEL_QUOTA_EXHAUSTED", calls: 1 }];
    expect(broken({ modelErrors })).toEqual(["model_unusable gpt-5.2 MODEL_QUOTA_EXHAUSTED"]);
  });

  it("fire for any dead letter, recorded or in its queue", () => {
    const noted = { source: "answer", parked: 0, redriving: 0, recent: 1 };
    const dlq = {
      kind: "dead-letters" as const,
      stage: "rule" as const,
      name: "dlq-scan-rule",
      backlog: { messages: 1, oldestAgeSeconds: 1 },
    };
    expect(broken({ deadLetters: [noted], queues: [dlq] })).toEqual([
      "dead_letters answer",
      "dead_letters dlq-scan-rule",
    ]);
  });

  it("do not take a queue that could not be read for an empty one", () => {
    const unread = { ...queue(0, 0), backlog: null };
    expect(evaluateRules({ ...quiet, queues: [unread] })).toMatchObject([
      { rule: "backlog", target: "scan-vision-1", value: null },
      { rule: "oldest_message", target: "scan-vision-1", value: null },
      { rule: "failures", value: 0 },
    ]);
  });

  it("have names of their own, and say what to look at", () => {
    expect(new Set(alertRules.map(({ name }) => name)).size).toBe(alertRules.length);
    for (const { description } of alertRules) expect(description).toMatch(/see .*\.$/);
  });
});
