import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { jobOf } from "../support/job-builders.ts";
import { type FaultKind, faults } from "./faults.ts";
import { endOf, settle, submitted } from "./sweeps/callers.ts";
import { type Operation, operations } from "./sweeps/operations.ts";

beforeEach(() => {
  // Far ahead, so that no alarm goes off by itself.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) });
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation(() => {});
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Carries an operation out that dies at an await, and all that its callers do then. */
async function carryOut({ arrange, act, repeat = act }: Operation, kind: Death, at: number) {
  const scan = await submitted();
  await arrange(scan);
  if (at > 0) faults.arm(kind, at);
  await act(scan).catch(() => {});
  const hasDied = faults.disarm();
  if (hasDied) await repeat(scan).catch(() => {});
  await settle(scan);
  // Late copies of dead letters, of a stage that has moved on and of one that is parked.
  for (const stage of ["vision", "answer"] as const) await jobOf(scan.jobId).park(stage, 7);
  return { hasDied, end: await endOf(scan) };
}

type Death = Extract<FaultKind, `dies-${string}`>;
const deaths: [string, Death][] = [
  ["before its writes are durable", "dies-uncommitted"],
  ["before a call", "dies-before"],
  ["after a call", "dies-after"],
];

describe.each(Object.entries(operations))("%s", (_, operation) => {
  it.each(deaths)("ends as without a death when its object dies %s", async (_, kind) => {
    const { end: expected } = await carryOut(operation, kind, 0);
    expect(expected.state?.status ?? null).toBe(operation.ends);
    let died = 0;
    for (;;) {
      const { hasDied, end } = await carryOut(operation, kind, died + 1);
      expect({ at: died + 1, ...end }).toEqual({ at: died + 1, ...expected });
      if (!hasDied) break;
      died++;
    }
    expect(died).toBeGreaterThan(0);
  });
});
