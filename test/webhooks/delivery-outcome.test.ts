import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../../src/platform/retry-after.ts";
import { outcomeOf } from "../../src/webhooks/delivery-outcome.ts";

const hour = 60 * 60;
const whole = () => 1;
const now = 1_800_000_000_000;

const after = (attempts: number, asked?: number, random = whole) =>
  outcomeOf(
    { status: 503, error: "HTTP 503", retryAfterMs: asked },
    { attempts, expiresAt: now + 24 * hour * 1000, now },
    random,
  );

describe("the wait after a failure", () => {
  it("is drawn from up to 10 s, doubled each time, and 2 h at most", () => {
    const longest = [1, 2, 3, 4, 10, 11, 30].map((attempts) => after(attempts));
    expect(longest).toEqual(
      [10, 20, 40, 80, 5120, 2 * hour, 2 * hour].map((seconds) => ({ status: "pending", seconds })),
    );
    expect(after(5, undefined, () => 0)).toEqual({ status: "pending", seconds: 0 });
  });

  it.each([
    [120_000, () => 0, 120],
    [120_000, whole, 120],
    [1_000, whole, 10],
    [1, () => 0, 1],
    [7 * 24 * hour * 1000, whole, 2 * hour],
  ])("of %d ms that was asked for is kept, up to 2 h", (asked, random, seconds) => {
    expect(after(1, asked, random)).toEqual({ status: "pending", seconds });
  });

  it("is not made when it would end after the day", () => {
    const at = (left: number) =>
      outcomeOf(
        { status: 500, error: "HTTP 500" },
        { attempts: 1, expiresAt: now + left, now },
        whole,
      );
    expect(at(10_001)).toEqual({ status: "pending", seconds: 10 });
    expect(at(10_000)).toEqual({ status: "failed" });
  });
});

it.each([
  [null, undefined],
  ["120", 120_000],
  ["0", 0],
  ["soon", undefined],
  [new Date(now + 90_000).toUTCString(), 90_000],
  [new Date(now - 90_000).toUTCString(), 0],
])("Retry-After %j is a wait of %j ms", (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});
