import { describe, expect, it } from "vitest";
import { withTimeout } from "../../src/platform/timeout.ts";

/** A run that ends `afterMs` its signal aborted, with what it has cost. */
const aborted = (afterMs: number) => (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      setTimeout(reject, afterMs, new Error("paid"));
    });
  });

describe("withTimeout", () => {
  it("rejects with the run's own error when it ends within the grace", async () => {
    await expect(withTimeout(5, aborted(5), 5_000)).rejects.toThrow("paid");
  });

  it("rejects with a TimeoutError when the run ignores its signal for longer", async () => {
    await expect(withTimeout(5, aborted(60_000), 5)).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });

  it("rejects at once with a TimeoutError when there is no grace", async () => {
    await expect(withTimeout(5, aborted(0))).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("resolves with the result of a run that is in time", async () => {
    await expect(withTimeout(5_000, () => Promise.resolve("done"), 5)).resolves.toBe("done");
  });
});
