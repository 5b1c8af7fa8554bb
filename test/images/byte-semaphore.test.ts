import { describe, expect, it } from "vitest";
import { byteSemaphore } from "../../src/images/byte-semaphore.ts";

const patient = () => new AbortController().signal;
const options = { bytes: 100, leaseMs: 60_000, timeoutMs: 10_000 };

/** Work that ends when the test ends it. */
function aWork() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isInside = false;
  return {
    end: resolve,
    isInside: () => isInside,
    work: () => {
      isInside = true;
      return promise;
    },
  };
}

describe("a semaphore for bytes", () => {
  it("runs work that fits, and the next when a permit is released", async () => {
    const semaphore = byteSemaphore(options);
    const [first, second, third] = [aWork(), aWork(), aWork()];
    const all = [
      semaphore(60, patient(), first.work),
      semaphore(40, patient(), second.work),
      semaphore(10, patient(), third.work),
    ];
    await expect.poll(second.isInside).toBe(true);
    expect(third.isInside()).toBe(false);
    second.end();
    await expect.poll(third.isInside).toBe(true);
    first.end();
    third.end();
    await Promise.all(all);
  });

  it("never exceeds its capacity, however many requests wait", async () => {
    const semaphore = byteSemaphore(options);
    let [inside, most] = [0, 0];
    const come = (bytes: number) =>
      semaphore(bytes, patient(), async () => {
        inside += bytes;
        most = Math.max(most, inside);
        await scheduler.wait(1);
        inside -= bytes;
      });
    await Promise.all([40, 30, 50, 60, 20, 45, 35, 55, 100, 5].map(come));
    expect(most).toBeLessThanOrEqual(options.bytes);
    expect(most).toBeGreaterThan(50);
  });

  it("runs work larger than the capacity alone", async () => {
    const semaphore = byteSemaphore(options);
    expect(await semaphore(1_000, patient(), () => Promise.resolve("in"))).toBe("in");
  });

  it("releases the permit when work fails", async () => {
    const semaphore = byteSemaphore(options);
    const failed = semaphore(100, patient(), () => Promise.reject(new Error("down")));
    await expect(failed).rejects.toThrow("down");
    expect(await semaphore(100, patient(), () => Promise.resolve("in"))).toBe("in");
  });

  it("releases the permit of a killed request when its lease ends", async () => {
    const semaphore = byteSemaphore({ ...options, leaseMs: 30 });
    void semaphore(100, patient(), () => new Promise(() => {}));
    expect(await semaphore(100, patient(), () => Promise.resolve("in"))).toBe("in");
  });

  it("rejects when a waiting request is aborted or waits too long", async () => {
    const semaphore = byteSemaphore({ ...options, timeoutMs: 30 });
    const first = aWork();
    const holding = semaphore(100, patient(), first.work);
    const given = AbortSignal.abort(new Error("deadline"));
    await expect(semaphore(1, given, () => Promise.resolve())).rejects.toThrow();
    await expect(semaphore(1, patient(), () => Promise.resolve())).rejects.toMatchObject({
      name: "TransientError",
      code: "PHOTOS_BUSY",
    });
    first.end();
    await holding;
  });
});
