import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type StaleIfErrorOptions,
  staleIfErrorCache,
} from "../../src/platform/stale-if-error-cache.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const advance = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** A cache whose loads are answered in this order, and with 0 afterwards. */
function cacheOf(
  answers: (() => Promise<number>)[],
  options: Partial<StaleIfErrorOptions<number>> = {},
) {
  const load = vi.fn<StaleIfErrorOptions<number>["load"]>(async () =>
    (answers.shift() ?? (async () => 0))(),
  );
  const get = staleIfErrorCache({
    name: "number",
    load,
    freshMs: 1_000,
    usableMs: 10_000,
    loadMs: 500,
    pauseMs: 100,
    ...options,
  });
  return { load, get };
}
const gives = (value: number) => async () => value;
const fails = async () => {
  throw new Error("out of reach");
};
const hangs = () => new Promise<never>(() => {});

describe("staleIfErrorCache", () => {
  it("loads no value again while it is fresh", async () => {
    const { load, get } = cacheOf([gives(1), gives(2)]);
    expect(await get()).toBe(1);
    advance(999);
    expect(await get()).toBe(1);
    expect(load).toHaveBeenCalledTimes(1);
    advance(1);
    expect(await get()).toBe(2);
  });

  it("gives the load the last value", async () => {
    const { load, get } = cacheOf([gives(1), gives(2)]);
    await get();
    advance(1_000);
    await get();
    expect(load.mock.calls).toEqual([[undefined], [1]]);
  });

  it("serves the last value when loads fail, until it is too old", async () => {
    const { load, get } = cacheOf([gives(1), fails, fails, gives(3)]);
    await get();
    advance(9_999);
    expect(await get()).toBe(1);
    // No load starts in the pause after a failure.
    expect(await get()).toBe(1);
    expect(load).toHaveBeenCalledTimes(2);
    advance(100);
    await expect(get()).rejects.toThrow("out of reach");
    await expect(get()).rejects.toThrow("out of reach");
    expect(load).toHaveBeenCalledTimes(3);
    advance(100);
    expect(await get()).toBe(3);
  });

  it("rejects with the error that its owner makes of the last failure", async () => {
    const unavailable = (cause: unknown) => new RangeError("no number", { cause });
    const { get } = cacheOf([fails], { unavailable });
    for (const attempt of [get(), get()]) {
      await expect(attempt).rejects.toThrow(RangeError);
      await expect(attempt).rejects.toMatchObject({ cause: { message: "out of reach" } });
    }
  });

  it("serves the last value when a load exceeds its deadline", async () => {
    const { get } = cacheOf([gives(1), hangs]);
    await get();
    advance(1_000);
    expect(await get()).toBe(1);
  });

  it("waits for a refresh only as long as for a refresh", async () => {
    const { get } = cacheOf([gives(1), hangs], { loadMs: 60_000, refreshMs: 20 });
    await get();
    advance(1_000);
    expect(await get()).toBe(1);
  });

  it("rejects when the first load exceeds its deadline", async () => {
    const { get } = cacheOf([hangs], { loadMs: 20, refreshMs: 60_000 });
    await expect(get()).rejects.toThrow("Exceeded 20 ms");
  });

  it("loads once for concurrent callers, and once when that fails", async () => {
    const { load, get } = cacheOf([gives(1)]);
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    expect(load).toHaveBeenCalledTimes(1);
    const unlucky = cacheOf([fails, gives(2)]);
    await Promise.allSettled([unlucky.get(), unlucky.get()]);
    expect(unlucky.load).toHaveBeenCalledTimes(1);
  });

  it("loads once for concurrent callers in separate I/O contexts", async () => {
    const slow = async () => {
      await scheduler.wait(50);
      return 1;
    };
    const { load, get } = cacheOf([slow]);
    const contexts = Array.from({ length: 5 }, () =>
      runInDurableObject(env.SCAN_JOB.getByName(crypto.randomUUID()), () => get()),
    );
    expect(await Promise.all(contexts)).toEqual([1, 1, 1, 1, 1]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("loads again when the caller that loads is cancelled", async () => {
    const { load, get } = cacheOf([hangs, gives(2)]);
    void get().catch(() => {});
    const next = get();
    advance(500);
    expect(await next).toBe(2);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("does not replace the value of a later load with a slow one", async () => {
    const slow = Promise.withResolvers<number>();
    const { get } = cacheOf([() => slow.promise, gives(2)]);
    const first = get();
    advance(500);
    expect(await get()).toBe(2);
    slow.resolve(1);
    expect(await first).toBe(2);
    expect(await get()).toBe(2);
  });

  it("loads for a caller that asks for a newer value, while others get the last one", async () => {
    const slow = Promise.withResolvers<number>();
    const { load, get } = cacheOf([gives(1), () => slow.promise]);
    await get();
    advance(200);
    expect(await get(200 + 1)).toBe(1);
    const insisting = [get(200), get(200)];
    expect(await get()).toBe(1);
    slow.resolve(2);
    expect(await Promise.all(insisting)).toEqual([2, 2]);
    expect(load).toHaveBeenCalledTimes(2);
  });
});
