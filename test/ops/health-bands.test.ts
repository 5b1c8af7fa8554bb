import { describe, expect, it } from "vitest";
import type { Health } from "../../web/ops/ops-client.ts";
import { bandsOf } from "../../web/ops/health/bands.ts";
import { failureMinutes, stageMinutes } from "../../web/ops/health/minute-lines.ts";

const at = (minute: number) => new Date(minute * 60_000).toISOString();
const entry = (id: number, action: string, minute: number, detail = {}) => ({
  id,
  at: minute * 60_000,
  by: "kim",
  action,
  target: "answer",
  detail,
});
const calm = { at: at(10), incidents: [], control: { paused: [], breakers: [] } };

describe("the bands of charts", () => {
  it("mark failures of providers that are over, and those of this moment once", () => {
    const alert = { rule: "provider_failing", target: "openai", opened_at: at(1) };
    const incident = {
      provider: "openai",
      error_code: "MODEL_UNAVAILABLE",
      error_message: null,
      since: at(7),
      breaker: "open" as const,
      scans: 1,
      stages: [],
    };
    const alerts = [
      { ...alert, resolved_at: at(3) },
      { ...alert, opened_at: at(8), resolved_at: null },
      { ...alert, rule: "backlog", resolved_at: at(3) },
    ];
    expect(bandsOf(alerts, [], { ...calm, incidents: [incident] })).toEqual([
      { kind: "incident", title: "openai fails", from: 60, to: 180 },
      { kind: "incident", title: "openai: MODEL_UNAVAILABLE", from: 420, to: null },
    ]);
  });

  it("mark each pause from its first order to its end, and the one of this moment", () => {
    const entries = [
      entry(4, "stage.pause", 9),
      entry(3, "stage.resume", 5),
      entry(2, "stage.pause", 3),
      entry(1, "stage.pause", 2),
    ];
    const paused = {
      stage: "answer",
      by: "kim",
      reason: "drill",
      since: at(9),
      until: null,
    } as const;
    const control = { paused: [paused], breakers: [] };
    expect(bandsOf([], entries, { ...calm, control })).toEqual([
      { kind: "pause", title: "answer was paused", from: 120, to: 300 },
      { kind: "pause", title: "answer is paused", from: 540, to: null },
    ]);
  });
});

describe("the band of a pause with an end", () => {
  const pause = (id: number, minute: number, until: number) =>
    entry(id, "stage.pause", minute, { until: at(until) });
  const bands = (entries: ReturnType<typeof entry>[]) =>
    bandsOf([], entries, calm).map(({ from, to }) => [from / 60, to && to / 60]);

  it("ends with it, though nobody has resumed the stage", () => {
    expect(bands([pause(1, 2, 4)])).toEqual([[2, 4]]);
  });

  it("is another than that of the next pause", () => {
    expect(bands([entry(3, "stage.resume", 9), pause(2, 8, 30), pause(1, 2, 4)])).toEqual([
      [2, 4],
      [8, 9],
    ]);
  });

  it("ends earlier when the stage is resumed, and later when a second order says so", () => {
    expect(bands([entry(2, "stage.resume", 3), pause(1, 2, 4)])).toEqual([[2, 3]]);
    expect(bands([pause(2, 3, 6), pause(1, 2, 4)])).toEqual([[2, 6]]);
  });

  it("is not drawn here while it lasts", () => {
    expect(bands([pause(1, 2, 40)])).toEqual([]);
  });
});

describe("the minutes of the last hour", () => {
  const count = (
    minute: number,
    stage: "vision" | "answer",
    code: string | null,
    times: number,
  ) => ({
    minute,
    stage,
    code,
    count: times,
  });
  const minutes = {
    from: at(100),
    counts: [
      count(0, "answer", null, 7),
      count(59, "answer", "MODEL_UNAVAILABLE", 3),
      count(59, "answer", "DEADLINE_EXCEEDED", 1),
      count(59, "vision", "MODEL_UNAVAILABLE", 2),
    ],
  };
  const health: Health = {
    hours: 1,
    every_s: 300,
    from: at(100),
    to: at(160),
    at: [],
    queues: [],
    stages: [],
    minutes,
  };

  it("are a value each, from the first failure on", () => {
    const { at: times, lines } = stageMinutes(health, "answer");
    expect([times.length, times[0], times[59]]).toEqual([60, 6_000, 9_540]);
    expect(lines.map(({ name, values }) => [name, values[0], values[59]])).toEqual([
      ["deliveries", 7, 0],
      ["failures", 0, 4],
    ]);
  });

  it("have a line for each code, the most frequent first", () => {
    expect(failureMinutes(health).lines.map(({ name, values }) => [name, values[59]])).toEqual([
      ["MODEL_UNAVAILABLE", 5],
      ["DEADLINE_EXCEEDED", 1],
    ]);
  });
});
