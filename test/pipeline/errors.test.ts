import { describe, expect, it } from "vitest";
import {
  attemptDelaySeconds,
  postponeSeconds,
  retryDelaySeconds,
} from "../../src/pipeline/backoff.ts";
import { classify, PermanentError, TransientError } from "../../src/pipeline/errors.ts";

describe("classify", () => {
  it("keeps a permanent error permanent", () => {
    expect(classify(new PermanentError("MODEL_REFUSED", "no"))).toEqual({
      kind: "permanent",
      failure: { code: "MODEL_REFUSED", message: "no" },
      calls: [],
    });
  });

  it("keeps the wait that the other side asked for", () => {
    const error = new TransientError("MODEL_RATE_LIMITED", "slow down", { retryAfterMs: 7_000 });
    expect(classify(error)).toMatchObject({ kind: "transient", retryAfterMs: 7_000 });
  });

  it.each([
    [new DOMException("too slow", "TimeoutError"), "DEADLINE_EXCEEDED"],
    [Object.assign(new Error("x"), { retryable: true }), "OBJECT_RESET"],
    [Object.assign(new Error("x"), { overloaded: true }), "OBJECT_OVERLOADED"],
    [new Error("Durable Object reset because its code was updated."), "OBJECT_RESET"],
    [new Error("Network connection lost."), "OBJECT_RESET"],
    [new TypeError("x is not a function"), "INTERNAL"],
    ["a string", "INTERNAL"],
    [undefined, "INTERNAL"],
  ])("classifies %s as transient %s", (error, code) => {
    expect(classify(error)).toMatchObject({ kind: "transient", failure: { code } });
  });
});

describe("retryDelaySeconds", () => {
  const backoff = { baseMs: 2_000, capMs: 120_000 };
  const longest = { random: () => 1 };

  it("doubles up to the cap", () => {
    const waits = [1, 2, 3, 7, 50].map((attempt) => retryDelaySeconds(attempt, backoff, longest));
    expect(waits).toEqual([2, 4, 8, 120, 120]);
  });

  it("draws the wait between zero and the cap", () => {
    expect(retryDelaySeconds(3, backoff, { random: () => 0 })).toBe(0);
    expect(retryDelaySeconds(3, backoff, { random: () => 0.5 })).toBe(4);
  });

  it("uses the provider's wait, rounded up and never shortened", () => {
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 7_000 })).toBe(7);
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 300_001 })).toBe(301);
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 0 })).toBe(0);
  });

  it("never exceeds the delay that a queue accepts", () => {
    expect(retryDelaySeconds(1, backoff, { retryAfterMs: 1e12 })).toBe(12 * 60 * 60);
  });
});

describe("attemptDelaySeconds", () => {
  it("outlasts half a minute in all, at its shortest", () => {
    const waits = [1, 2, 3].map((attempt) => attemptDelaySeconds(attempt, { random: () => 0 }));
    expect(waits).toEqual([1, 6, 25]);
  });

  it("is up to half longer, so that attempts spread", () => {
    const waits = [1, 2, 3, 9].map((attempt) => attemptDelaySeconds(attempt, { random: () => 1 }));
    expect(waits).toEqual([2, 9, 38, 38]);
  });

  it("uses the provider's wait, rounded up and never shortened", () => {
    expect(attemptDelaySeconds(3, { retryAfterMs: 300_001 })).toBe(301);
    expect(attemptDelaySeconds(1, { retryAfterMs: 1e12 })).toBe(12 * 60 * 60);
  });
});

describe("postponeSeconds", () => {
  it("grows with the outage up to twenty seconds, so that a provider that is back is noticed soon", () => {
    const waits = [0, 20_000, 30_000, 3_600_000].map((waitedMs) =>
      [0, 1].map((drawn) => postponeSeconds(waitedMs, { random: () => drawn })),
    );
    expect(waits).toEqual([
      [5, 10],
      [5, 10],
      [8, 15],
      [10, 20],
    ]);
  });

  it("is no longer than a provider that may be called sooner asks for", () => {
    expect(postponeSeconds(3_600_000, { retryAfterMs: 700, random: () => 0 })).toBe(1);
  });
});
