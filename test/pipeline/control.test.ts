import { describe, expect, it } from "vitest";
import { breakerLimits, closed } from "../../src/pipeline/breaker.ts";
import {
  admit,
  breakerOf,
  Control,
  current,
  failed,
  pause,
  succeeded,
  unpause,
  untouched,
} from "../../src/pipeline/control.ts";

const order = { reason: "the model is wrong", by: "kim", until: null };

const afterFailures = (count: number, provider = "a") => {
  let control = untouched;
  for (let at = 0; at < count; at++) control = failed(control, provider, at, null);
  return control;
};

describe("a pause", () => {
  it("holds for its stage until it is ended", () => {
    const paused = pause(untouched, "vision", order, 7);
    expect(current(paused, 1e15).paused).toEqual({ vision: { ...order, since: 7 } });
    expect(unpause(paused, "vision")).toEqual(untouched);
  });

  it("expires at its time, and no other pause with it", () => {
    let control = pause(untouched, "vision", { ...order, until: 100 }, 7);
    control = pause(control, "answer", { ...order, until: 101 }, 7);
    expect(Object.keys(current(control, 99).paused)).toEqual(["vision", "answer"]);
    expect(Object.keys(current(control, 100).paused)).toEqual(["answer"]);
    expect(Object.keys(pause(control, "rule", order, 100).paused)).toEqual(["answer", "rule"]);
  });

  it("keeps its start when it is changed, and starts anew after it expired", () => {
    const paused = pause(untouched, "vision", { ...order, until: 100 }, 7);
    const terms = { reason: "longer", by: "lee", until: 200 };
    expect(pause(paused, "vision", terms, 50).paused.vision).toEqual({ ...terms, since: 7 });
    expect(pause(paused, "vision", terms, 150).paused.vision).toEqual({ ...terms, since: 150 });
  });
});

describe("a provider's breaker", () => {
  it("opens after the provider's own failures in a row", () => {
    const control = succeeded(afterFailures(breakerLimits.failures), "b");
    expect(admit(control, "a", breakerLimits.failures).waitMs).toBe(breakerLimits.openMs - 1);
    expect(admit(control, "b", breakerLimits.failures).waitMs).toBe(0);
  });

  it("admits one probe, and every call after its success", () => {
    const later = breakerLimits.failures + breakerLimits.openMs;
    const probe = admit(afterFailures(breakerLimits.failures), "a", later);
    expect(probe.waitMs).toBe(0);
    expect(admit(probe.control, "a", later).waitMs).toBeGreaterThan(0);
    expect(succeeded(probe.control, "a")).toEqual(untouched);
  });

  it("is closed when the provider has never failed", () => {
    expect(breakerOf(untouched, "a")).toBe(closed);
  });
});

it("returns the same object when a transition changes nothing", () => {
  const control = pause(afterFailures(1), "vision", order, 0);
  expect(current(control, 1)).toBe(control);
  expect(unpause(control, "answer")).toBe(control);
  expect(succeeded(control, "b")).toBe(control);
  expect(admit(control, "a", 1).control).toBe(control);
  expect(admit(control, "b", 1).control).toBe(control);
});

it("survives JSON unchanged", () => {
  const control = pause(afterFailures(9), "vision", order, 0);
  expect(Control.parse(JSON.parse(JSON.stringify(control)))).toEqual(control);
});
