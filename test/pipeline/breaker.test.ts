import { expect, it } from "vitest";
import {
  admit,
  type Breaker,
  breakerLimits,
  closed,
  failed,
  phaseOf,
} from "../../src/pipeline/breaker.ts";

const { failures, openMs, probeMs, probeWaitMs } = breakerLimits;

const afterFailures = (count: number, at = 0): Breaker => {
  let breaker = closed;
  for (let failure = 0; failure < count; failure++) breaker = failed(breaker, at);
  return breaker;
};

it("admits every call until enough failures came in a row", () => {
  expect(admit(afterFailures(failures - 1), 0).waitMs).toBe(0);
  expect(admit(afterFailures(failures), 0).waitMs).toBe(openMs);
  expect(admit(afterFailures(failures), openMs - 1).waitMs).toBe(1);
});

it("admits one probe after the open time, and no other until it has ended", () => {
  const probing = admit(afterFailures(failures), openMs);
  expect(probing.waitMs).toBe(0);
  // The probe may end at any time: whoever waits for it asks again before its time is over.
  expect(admit(probing.breaker, openMs).waitMs).toBe(probeWaitMs);
  expect(admit(probing.breaker, openMs + probeMs - 1).waitMs).toBe(1);
  expect(admit(probing.breaker, openMs + probeMs).waitMs).toBe(0);
});

it("opens again when the probe fails", () => {
  const { breaker } = admit(afterFailures(failures), openMs);
  expect(admit(failed(breaker, openMs + 10), openMs + 10).waitMs).toBe(openMs);
});

it("starts a new row of failures when the caller has seen a success since the first", () => {
  let breaker = closed;
  for (let at = 0; at < 90; at += 10) breaker = failed(breaker, at, at - 5);
  expect(breaker).toMatchObject({ failures: 1, openedAt: null });
  expect(failed(afterFailures(failures - 1, 10), 20, 10).openedAt).toBe(20);
  expect(failed(afterFailures(failures - 1, 10), 20, null).openedAt).toBe(20);
});

it("stays open when a success is from before it opened", () => {
  expect(failed(afterFailures(failures, 10), 30, 20).openedAt).toBe(30);
});

it("is half-open until the probe has ended", () => {
  const open = afterFailures(failures);
  const probing = admit(open, openMs).breaker;
  expect(phaseOf(afterFailures(failures - 1), 0)).toBe("closed");
  expect(phaseOf(open, openMs - 1)).toBe("open");
  expect(phaseOf(open, openMs)).toBe("half-open");
  expect(phaseOf(probing, openMs)).toBe("half-open");
  expect(phaseOf(failed(probing, openMs), openMs)).toBe("open");
});
