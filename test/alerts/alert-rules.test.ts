import { describe, expect, it } from "vitest";
import { alertRules, evaluateRules, pageOf } from "../../src/alerts/alert-rules.ts";
import { closed } from "../../src/pipeline/breaker.ts";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import type { RuleInput } from "../../src/alerts/rule-input.ts";

const quiet: RuleInput = {
  queues: [],
  worstMinute: { failures: 0, most_frequent: null },
  modelErrors: [],
  unreadRows: [],
  deadLetters: [],
  retiringModels: [],
  attempts: stageNames.map((stage) => ({ stage, unended: 0, at_work: 0, deliveries: 1 })),
  control: null,
  counts: { now: { at: 0, counts: {} }, earlier: [] },
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
    expect(
      broken({ queues: [queue(1_000, 120)], worstMinute: { failures: 10, most_frequent: null } }),
    ).toEqual([]);
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

  it("fire for a provider whose breaker is open, and know nothing while the control is not reached", () => {
    const opened = { ...closed, failures: 5, openedAt: 1 };
    const breakers = { openai: opened, gemini: { ...opened, openedAt: null } };
    expect(broken({ control: { paused: {}, breakers } })).toEqual(["provider_failing openai"]);
    const rule = alertRules.find(({ name }) => name === "provider_failing");
    const unknown = rule?.evaluate({ ...quiet, control: null }) ?? [];
    expect(new Set(unknown.map(({ value }) => value))).toEqual(new Set([null]));
  });

  it("ignore the age of queues that wait by design", () => {
    const webhooks = {
      kind: "other" as const,
      name: "webhooks",
      backlog: { messages: 1, oldestAgeSeconds: 7_200 },
    };
    expect(broken({ queues: [webhooks] })).toEqual([]);
  });

  describe("for a stage whose messages nobody takes", () => {
    const waiting = { queues: [queue(3, 60)], attempts: [] };
    const ofVision = { stage: "vision" as const, unended: 0, at_work: 0, deliveries: 0 };

    it("fire once the oldest has waited for a minute", () => {
      expect(broken(waiting)).toEqual(["no_consumers scan-vision-1"]);
      expect(broken({ ...waiting, attempts: [ofVision] })).toEqual(["no_consumers scan-vision-1"]);
      expect(broken({ ...waiting, queues: [queue(3, 59.9)] })).toEqual([]);
      expect(broken({ ...waiting, queues: [queue(0, 0)] })).toEqual([]);
    });

    it.each([
      ["a message was handled", { attempts: [{ ...ofVision, deliveries: 1 }] }],
      ["an attempt is at work", { attempts: [{ ...ofVision, at_work: 1 }] }],
      [
        "the stage is paused",
        {
          control: {
            breakers: {},
            paused: { vision: { since: 0, until: null, reason: "점검", by: "kim" } },
          },
        },
      ],
    ])("are quiet while %s", (_, input) => {
      expect(broken({ ...waiting, ...input })).toEqual([]);
    });

    it("are not quieted by another stage", () => {
      const attempts = [{ ...ofVision, stage: "answer" as const, deliveries: 9 }];
      expect(broken({ ...waiting, attempts })).toEqual(["no_consumers scan-vision-1"]);
    });
  });

  it("fire for more than 100 attempts of a stage without an end", () => {
    const of = (unended: number) =>
      broken({ attempts: [{ stage: "answer", unended, at_work: 0, deliveries: 0 }] });
    expect(of(100)).toEqual([]);
    expect(of(101)).toEqual(["unacknowledged answer"]);
  });

  it("fire for more than 50 attempts at once, of all stages together", () => {
    const of = (vision: number, answer: number) =>
      broken({
        attempts: [
          { stage: "vision", unended: vision, at_work: vision, deliveries: 0 },
          { stage: "answer", unended: answer, at_work: answer, deliveries: 0 },
        ],
      });
    expect(of(25, 25)).toEqual([]);
    expect(of(26, 25)).toEqual(["attempts_at_once all stages"]);
  });

  it("fire for an error budget that is used up too fast", () => {
    const counts = {
      now: { at: 3_600_000, counts: { ended: { total: 1_000, bad: 15 } } },
      earlier: [{ at: 0, counts: { ended: { total: 0, bad: 0 } } }],
    };
    expect(broken({ counts })).toEqual(["error_budget ended, 1 h", "error_budget ended, 6 h"]);
  });

  it("fire for more than 10 failures in a minute", () => {
    expect(
      broken({ worstMinute: { failures: 11, most_frequent: "MODEL_OUTPUT_INVALID at answer" } }),
    ).toEqual(["failures all stages"]);
  });

  it("fire for a model that its provider refuses, by model and code", () => {
    const modelErrors = [{ model: "gpt-5.2", code: "MODEL_QUOTA_EXHAUSTED", calls: 1 }];
    expect(broken({ modelErrors })).toEqual(["model_unusable gpt-5.2 MODEL_QUOTA_EXHAUSTED"]);
    // Scans that a fallback has answered have no code.
    expect(pageOf("model_unusable", "gpt-5.2 MODEL_QUOTA_EXHAUSTED")).toBe(
      "/ops#/jobs?model=gpt-5.2",
    );
  });

  it("fire for a store with a row that could not be read", () => {
    const unreadRows = [{ store: "revocations", rows: 1 }];
    expect(broken({ unreadRows })).toEqual(["unread_rows revocations"]);
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
    const ofQueue = evaluateRules({ ...quiet, queues: [unread] }).filter(
      ({ target }) => target === "scan-vision-1",
    );
    expect(ofQueue).toMatchObject([
      { rule: "backlog", value: null },
      { rule: "oldest_message", value: null },
      { rule: "no_consumers", value: null },
    ]);
  });

  it("have names of their own, and say what to look at", () => {
    expect(new Set(alertRules.map(({ name }) => name)).size).toBe(alertRules.length);
    for (const { description } of alertRules) expect(description).toMatch(/see .*\.$/);
  });
});
