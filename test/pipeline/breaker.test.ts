import { expect, it } from "vitest";
import { admit, type Breaker, breakerLimits, closed, failed } from "../../src/pipeline/breaker.ts";

const { failures, openMs, probeMs } = breakerLimits;

const afterFailures = (count: number, at = 0): Breaker => {
  let breaker = closed;
  for (let failure = 0; failure < count; failure++) breaker = failed(breaker, at);
  return breaker;
};

it("lets everything through until so many failures came in a row", () => {
  expect(admit(afterFailures(failures - 1), 0).waitMs).toBe(0);
  expect(admit(afterFailures(failures), 0).waitMs).toBe(openMs);
  expect(admit(afterFailures(failures), openMs - 1).waitMs).toBe(1);
});

it("then lets one through, and no other until that one has ended", () => {
  const probing = admit(afterFailures(failures), openMs);
  expect(probing.waitMs).toBe(0);
  expect(admit(probing.breaker, openMs).waitMs).toBe(probeMs);
  expect(admit(probing.breaker, openMs + probeMs).waitMs).toBe(0);
});

it("stays open for another while when that one fails, too", () => {
  const { breaker } = admit(afterFailures(failures), openMs);
  expect(admit(failed(breaker, openMs + 10), openMs + 10).waitMs).toBe(openMs);
});
