import { describe, expect, it } from "vitest";
import { durationMs, retryAfterMs } from "../../src/platform/retry-after.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const hourMs = 3_600_000;

describe("retryAfterMs", () => {
  it.each<[string | null | undefined, number | undefined]>([
    ["7", 7_000],
    ["12.5", 12_500],
    [" 3 ", 3_000],
    ["0", 0],
    ["Sat, 28 Nov 2026 12:00:30 GMT", 30_000],
    ["Saturday, 28-Nov-26 12:00:30 GMT", 30_000],
    ["2026-11-28T12:00:30Z", 30_000],
    ["Sat, 28 Nov 2026 11:59:00 GMT", 0],
    ["45s", 45_000],
    ["99999999999999999999", 12 * hourMs],
    ["Tue, 28 Nov 2028 12:00:00 GMT", 12 * hourMs],
    ["-5", undefined],
    ["2026", 2_026_000],
    ["NaN", undefined],
    ["Infinity", undefined],
    ["1e9", undefined],
    ["soon", undefined],
    ["Sat, 99 Foo 2026", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("reads %j as %j ms", (header, wait) => {
    expect(retryAfterMs(header, now)).toBe(wait);
  });
});

describe("durationMs", () => {
  it.each([
    ["45s", 45_000],
    ["0.5s", 500],
    ["1m12.5s", 72_500],
    ["6m0s", 360_000],
    ["350ms", 350],
    ["1h2m", 3_720_000],
    ["34 seconds", 34_000],
    ["2 minutes", 120_000],
    ["20 milliseconds", 20],
    ["3 days", 12 * hourMs],
    ["-1s", undefined],
    ["s", undefined],
    ["a while", undefined],
    ["", undefined],
  ])("reads %j as %j ms", (text, wait) => {
    expect(durationMs(text)).toBe(wait);
  });
});
