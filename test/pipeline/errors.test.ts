import { describe, expect, it } from "vitest";
import { retryDelaySeconds } from "../../src/pipeline/backoff.ts";
import {
  classify,
  isObjectReset,
  PermanentError,
  TransientError,
} from "../../src/pipeline/errors.ts";

describe("an error", () => {
  it("that says so is permanent", () => {
    expect(classify(new PermanentError("MODEL_REFUSED", "no"))).toEqual({
      kind: "permanent",
      failure: { code: "MODEL_REFUSED", message: "no" },
      calls: [],
    });
  });

  it("that may pass keeps the wait the other side asked for", () => {
    const error = new TransientError("MODEL_RATE_LIMITED", "slow down", { retryAfterMs: 7_000 });
    expect(classify(error)).toMatchObject({ kind: "transient", retryAfterMs: 7_000 });
  });

  it.each([
    [new DOMException("too slow", "TimeoutError"), "DEADLINE_EXCEEDED"],
    [Object.assign(new Error("x"), { retryable: true }), "OBJECT_RESET"],
    [Object.assign(new Error("x"), { overloaded: true }), "OBJECT_RESET"],
    [new Error("Durable Object reset because its code was updated."), "OBJECT_RESET"],
    [new Error("Network connection lost."), "OBJECT_RESET"],
    [new TypeError("x is not a function"), "INTERNAL"],
    ["a string", "INTERNAL"],
    [undefined, "INTERNAL"],
  ])("%s is worth another attempt as %s", (error, code) => {
    expect(classify(error)).toMatchObject({ kind: "transient", failure: { code } });
  });

  it("of ours is not taken for a reset object", () => {
    expect(isObjectReset(new TypeError("x is not a function"))).toBe(false);
    expect(isObjectReset(Object.assign(new Error("x"), { retryable: false }))).toBe(false);
    expect(isObjectReset("Network connection lost")).toBe(false);
  });
});

describe("the wait before another attempt", () => {
  const backoff = { baseMs: 2_000, capMs: 120_000 };
  const longest = { random: () => 1 };

  it("doubles up to the cap", () => {
    const waits = [1, 2, 3, 7, 50].map((attempt) => retryDelaySeconds(attempt, backoff, longest));
    expect(waits).toEqual([2, 4, 8, 120, 120]);
  });

  it("is drawn from nothing to all of it", () => {
    expect(retryDelaySeconds(3, backoff, { random: () => 0 })).toBe(0);
    expect(retryDelaySeconds(3, backoff, { random: () => 0.5 })).toBe(4);
  });

  it("is what the provider asked for, rounded up and never shortened", () => {
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 7_000 })).toBe(7);
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 300_001 })).toBe(301);
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 0 })).toBe(0);
  });

  it("is never longer than a queue can delay", () => {
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 1e12 })).toBe(12 * 60 * 60);
  });
});
