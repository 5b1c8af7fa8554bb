import { describe, expect, it } from "vitest";
import { findingsOf, rules } from "../../src/alerts/rules.ts";
import type { Signals } from "../../src/alerts/signals.ts";

const quiet: Signals = { queues: [], failuresInAMinute: 0, letters: [] };

const queue = (messages: number, oldestAgeSeconds: number) => ({
  kind: "stage" as const,
  stage: "vision" as const,
  name: "scan-vision-1",
  waiting: { messages, oldestAgeSeconds },
});

/** The rules that are broken, each with what it is about. */
const broken = (signals: Partial<Signals>) =>
  findingsOf({ ...quiet, ...signals })
    .filter(({ value, threshold }) => value !== null && value > threshold)
    .map(({ rule, target }) => `${rule} ${target}`);

describe("the rules of alerts", () => {
  it("are quiet at their thresholds", () => {
    expect(broken({ queues: [queue(1_000, 180)], failuresInAMinute: 10 })).toEqual([]);
  });

  it("tell a backlog of more than 1,000", () => {
    expect(broken({ queues: [queue(1_001, 0)] })).toEqual(["backlog scan-vision-1"]);
  });

  it.each([
    ["vision", 180],
    ["rule", 60],
    ["answer", 180],
    ["reward", 120],
  ] as const)("tell a message of %s that is older than %i s", (stage, seconds) => {
    const of = (oldestAgeSeconds: number) =>
      broken({ queues: [{ ...queue(1, oldestAgeSeconds), stage }] });
    expect(of(seconds)).toEqual([]);
    expect(of(seconds + 0.001)).toEqual(["oldest_message scan-vision-1"]);
  });

  it("tell no age of queues that wait by design", () => {
    const webhooks = {
      kind: "other" as const,
      name: "webhooks",
      waiting: { messages: 1, oldestAgeSeconds: 7_200 },
    };
    expect(broken({ queues: [webhooks] })).toEqual([]);
  });

  it("tell more than 10 failures in a minute", () => {
    expect(broken({ failuresInAMinute: 11 })).toEqual(["failures all stages"]);
  });

  it("tell any dead letter, noted or on its way", () => {
    const noted = { source: "answer", parked: 0, redriving: 0, recent: 1 };
    const dlq = {
      kind: "dead-letters" as const,
      stage: "rule" as const,
      name: "dlq-scan-rule",
      waiting: { messages: 1, oldestAgeSeconds: 1 },
    };
    expect(broken({ letters: [noted], queues: [dlq] })).toEqual([
      "dead_letters answer",
      "dead_letters dlq-scan-rule",
    ]);
  });

  it("do not take a queue that could not be read for an empty one", () => {
    const unread = { ...queue(0, 0), waiting: null };
    expect(findingsOf({ ...quiet, queues: [unread] })).toMatchObject([
      { rule: "backlog", target: "scan-vision-1", value: null },
      { rule: "oldest_message", target: "scan-vision-1", value: null },
      { rule: "failures", value: 0 },
    ]);
  });

  it("have names of their own, and say what to look at", () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    for (const { says } of rules) expect(says).toMatch(/see .*\.$/);
  });
});
