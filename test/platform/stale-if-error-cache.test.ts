import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { staleIfErrorCache } from "../../src/platform/stale-if-error-cache.ts";
import { AuthUnavailable } from "../../src/auth/auth-errors.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

function counted(answers: (() => Promise<number>)[]) {
  const load = vi.fn(async () => (answers.shift() ?? (async () => 0))());
  const known = staleIfErrorCache({
    name: "number",
    load,
    freshMs: 1_000,
    usableMs: 10_000,
    loadMs: 500,
    pauseMs: 100,
  });
  return { load, known };
}
const gives = (value: number) => async () => value;
const fails = async () => {
  throw new Error("out of reach");
};
const hangs = () => new Promise<never>(() => {});

describe("what was known last", () => {
  it("is not asked for again while it is fresh, and is afterwards", async () => {
    const { load, known } = counted([gives(1), gives(2)]);
    expect(await known.get()).toBe(1);
    pass(999);
    expect(await known.get()).toBe(1);
    expect(load).toHaveBeenCalledTimes(1);
    pass(1);
    expect(await known.get()).toBe(2);
  });

  it("goes on while it cannot be had anew, until it is too old", async () => {
    const { load, known } = counted([gives(1), fails, fails, gives(3)]);
    await known.get();
    pass(9_999);
    expect(await known.get()).toBe(1);
    // Who has just failed is left alone.
    expect(await known.get()).toBe(1);
    expect(load).toHaveBeenCalledTimes(2);
    pass(100);
    await expect(known.get()).rejects.toThrow(AuthUnavailable);
    await expect(known.get()).rejects.toThrow(AuthUnavailable);
    expect(load).toHaveBeenCalledTimes(3);
    pass(100);
    expect(await known.get()).toBe(3);
  });

  it("goes on when asking for it anew hangs", async () => {
    const { known } = counted([gives(1), hangs]);
    await known.get();
    pass(1_000);
    expect(await known.get()).toBe(1);
  });

  it("is loaded once for all who ask at the same time, and again when that fails", async () => {
    const { load, known } = counted([gives(1)]);
    expect(await Promise.all([known.get(), known.get(), known.get()])).toEqual([1, 1, 1]);
    expect(load).toHaveBeenCalledTimes(1);
    const unlucky = counted([fails, gives(2)]);
    await Promise.allSettled([unlucky.known.get(), unlucky.known.get()]);
    expect(unlucky.load).toHaveBeenCalledTimes(1);
  });

  it("is loaded by the next who asks when the one who did has left", async () => {
    const { load, known } = counted([hangs, gives(2)]);
    void known.get().catch(() => {});
    const next = known.get();
    pass(500);
    expect(await next).toBe(2);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("is asked for anew by who insists, and by nobody else meanwhile", async () => {
    const slow = Promise.withResolvers<number>();
    const { load, known } = counted([gives(1), () => slow.promise]);
    await known.get();
    pass(200);
    expect(await known.get(200 + 1)).toBe(1);
    const insisting = [known.get(200), known.get(200)];
    expect(await known.get()).toBe(1);
    slow.resolve(2);
    expect(await Promise.all(insisting)).toEqual([2, 2]);
    expect(load).toHaveBeenCalledTimes(2);
  });
});
