import { describe, expect, it } from "vitest";
import {
  automaticRedriveWords,
  filterWords,
  redriveWords,
} from "../../web/ops/dead-letters/redrive-words.ts";
import { cancelWords } from "../../web/ops/jobs/cancel-words.ts";
import {
  formatAgo,
  formatBudget,
  formatDuration,
  formatElapsed,
  formatMoney,
  plural,
} from "../../web/ops/format.ts";

describe("formats", () => {
  it.each([
    [1, "100 %"],
    [0.1234, "12.34 %"],
    [0, "0 %"],
    [-0.5, "used up 1.5 times"],
    [-15.25, "used up 16.3 times"],
  ])("budget %s as %s", (left, text) => expect(formatBudget(left)).toBe(text));

  it.each([
    [0, "0 s"],
    [0.0004, "1 ms"],
    [0.42, "420 ms"],
    [1.24, "1.2 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [245, "4 min 5 s"],
    [7_200, "2 h"],
    [273_600, "3 d 4 h"],
  ])("formats %d s as %s", (seconds, words) => expect(formatDuration(seconds)).toBe(words));

  it.each([
    [1_000, "just now"],
    [12_000, "12 s ago"],
    [119_000, "1 min ago"],
    [-90_000, "in 1 min"],
    [47 * 3_600_000, "47 h ago"],
    [49 * 3_600_000, "2 d ago"],
  ])("formats %d ms ago as %s", (ms, words) => expect(formatAgo(1e12 - ms, 1e12)).toBe(words));

  it("formats an elapsed time", () => expect(formatElapsed(0, 180_000)).toBe("for 3 min"));

  it.each([
    [0, "$0"],
    [0.000455, "$0.00046"],
    [0.0096, "$0.0096"],
    [0.014, "$0.01"],
    [12.345, "$12.35"],
  ])("formats %d US dollars as %s", (usd, words) => expect(formatMoney(usd)).toBe(words));

  it("uses the plural unless the count is 1", () => {
    expect([0, 1, 1_500].map((count) => plural(count, "scan"))).toEqual([
      "0 scans",
      "1 scan",
      "1,500 scans",
    ]);
  });
});

describe("redriveWords", () => {
  const progress = {
    taken: 0,
    running: 0,
    recovered: 0,
    failed_again: 0,
    cancelled: 0,
    discarded: 0,
    left_parked: 0,
  };
  const base = {
    status: "running",
    action: "redrive",
    filter: { kind: "stage" },
    outcome: null,
    remaining: 8,
    progress,
  } as const;
  const canary = { count: 3, max_failed_percent: 20, alone: false };

  it.each<[string, Partial<Parameters<typeof redriveWords>[0]>]>([
    ["0 of 8 scans taken.", {}],
    [
      "The canary runs: 2 of 3 scans taken, 1 recovered.",
      { canary, progress: { ...progress, taken: 2, recovered: 1 } },
    ],
    ["5 of 8 scans taken.", { canary, remaining: 3, progress: { ...progress, taken: 5 } }],
    [
      "All are taken; 1 scan still on the way.",
      { status: "done", remaining: null, progress: { ...progress, taken: 8, running: 1 } },
    ],
    [
      "All 8 scans recovered.",
      { status: "done", remaining: null, progress: { ...progress, taken: 8, recovered: 8 } },
    ],
    [
      "6 of 8 scans recovered; 2 failed again.",
      {
        status: "done",
        remaining: null,
        progress: { ...progress, taken: 8, recovered: 6, failed_again: 2 },
      },
    ],
    [
      "5 of 8 scans recovered; 2 failed again, 1 cancelled.",
      {
        status: "done",
        remaining: null,
        progress: { ...progress, taken: 8, recovered: 5, failed_again: 2, cancelled: 1 },
      },
    ],
    [
      "The canary is through: 1 of 1 recovered. 36 scans left parked.",
      {
        status: "done",
        outcome: "The canary is through: 1 of 1 recovered.",
        remaining: null,
        progress: { ...progress, taken: 1, recovered: 1, left_parked: 36 },
      },
    ],
    [
      "The canary failed: 1 of 1 failed again. 36 scans left parked.",
      {
        status: "stopped",
        outcome: "The canary failed: 1 of 1 failed again.",
        remaining: null,
        progress: { ...progress, taken: 1, failed_again: 1, left_parked: 36 },
      },
    ],
    [
      "All 2 events recovered.",
      {
        status: "done",
        filter: { kind: "projection" },
        remaining: null,
        progress: { ...progress, taken: 2, recovered: 2 },
      },
    ],
    [
      "Nothing was left to take: another redrive took them, or they are parked no more.",
      { status: "done", remaining: null },
    ],
    [
      "3 scans were discarded.",
      {
        status: "done",
        action: "discard",
        remaining: null,
        progress: { ...progress, taken: 3, discarded: 3 },
      },
    ],
    [
      "Aborted by kim. 2 scans still on the way.",
      {
        status: "aborted",
        outcome: "Aborted by kim.",
        remaining: null,
        progress: { ...progress, taken: 2, running: 2 },
      },
    ],
  ])("is %s", (words, run) => expect(redriveWords({ ...base, ...run })).toBe(words));
});

describe("filterWords", () => {
  it("counts the scans that were ticked, and names what else a redrive takes", () => {
    const job_ids = Array.from({ length: 80 }, () => crypto.randomUUID());
    expect(filterWords({ kind: "stage", job_ids })).toBe("stage · 80 named scans");
    expect(
      filterWords({ kind: "stage", provider: "openai", code: "MODEL_UNAVAILABLE", to: at }),
    ).toMatch(/^stage · openai · MODEL_UNAVAILABLE · seen before 29 Nov 2026/);
    expect(filterWords({ kind: "stage", left_by: "55de074f-d38d-4de0-a4f5-5874e909eb49" })).toBe(
      "stage · left by redrive 55de074f",
    );
  });
  const at = "2026-11-29T12:00:00.000Z";
});

describe("automaticRedriveWords", () => {
  const letter = { redrives: 3, automatic_redrives: 0, next_redrive_at: 10 };
  it.each([
    ["redriven at the next run", "three redrives by hand", letter],
    ["given up at the next run", "three of its own", { ...letter, automatic_redrives: 3 }],
    ["none: an operator redrives it", "no time for it", { ...letter, next_redrive_at: null }],
    [null, "a time to come", { ...letter, next_redrive_at: 30 }],
  ])("says %s after %s", (words, _, parked) =>
    expect(automaticRedriveWords(parked, 20)).toBe(words),
  );
});

describe("cancelWords", () => {
  it.each([
    ["2 jobs cancelled", ["+cancelled", "+cancelled"]],
    ["1 job cancelled, 2 completed before", ["completed", "+cancelled", "completed"]],
    ["1 job cancelled, 1 cancelled before", ["cancelled", "+cancelled"]],
    [
      "0 jobs cancelled, 1 deleted before, 1 not reached and not cancelled: cancel again",
      ["not-found", "unreachable"],
    ],
  ])("says %s", (words, jobs) => {
    const changed = (it: string) => it.startsWith("+");
    const answered = jobs.map((it) => ({ status: it.replace("+", ""), changed: changed(it) }));
    expect(cancelWords(answered)).toBe(words);
  });
});
