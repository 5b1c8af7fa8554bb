import { describe, expect, it } from "vitest";
import {
  burnRates,
  type CountHistory,
  errorBudgets,
  leastEvents,
} from "../../src/service-levels/error-budget.ts";

const minuteMs = 60_000;
const now = 100 * 24 * 60 * minuteMs;

/** A history of scans accepted, of which 5 % may be late: totals by how many minutes ago. */
const history = (
  total: number,
  bad: number,
  ...earlier: [ago: number, total: number, bad: number][]
) =>
  ({
    now: { at: now, counts: { accepted: { total, bad } } },
    earlier: earlier.map(([ago, ...of]) => ({
      at: now - ago * minuteMs,
      counts: { accepted: { total: of[0], bad: of[1] } },
    })),
  }) satisfies CountHistory;

const burnsOf = (of: CountHistory) => burnRates(of, "accepted").map(({ burn }) => burn);
const budgetOf = (of: CountHistory) => errorBudgets(of).find(({ name }) => name === "accepted");

describe("a burn rate", () => {
  it("is 1 when as many events are bad as the target allows", () => {
    expect(burnsOf(history(1_000, 50, [360, 0, 0], [60, 0, 0], [30, 0, 0], [5, 0, 0]))).toEqual([
      expect.closeTo(1),
      expect.closeTo(1),
    ]);
  });

  it("counts the events of its window only", () => {
    const [hour, sixHours] = burnsOf(
      history(2_000, 1_000, [360, 0, 0], [60, 1_000, 1_000], [30, 1_000, 1_000], [5, 1_000, 1_000]),
    );
    expect(hour).toBe(0);
    expect(sixHours).toBe(0);
  });

  it("ends with its cause: that of the short window counts, when it is less", () => {
    const burnt = history(1_000, 500, [60, 0, 0], [5, 500, 500]);
    expect(burnsOf(burnt)[0]).toBe(0);
  });

  it(`says nothing of fewer than ${leastEvents} events`, () => {
    expect(burnsOf(history(leastEvents - 1, leastEvents - 1))).toEqual([0, 0]);
    expect(burnsOf(history(leastEvents, leastEvents))[0]).toBeCloseTo(20);
  });

  it("begins anew when counters were reset", () => {
    expect(burnsOf(history(100, 100, [60, 5_000, 10], [5, 5_000, 10]))[0]).toBeCloseTo(20);
  });
});

describe("an error budget", () => {
  it.each([
    [0, 1],
    [25, 0.5],
    [50, 0],
    [100, -1],
  ])("of 50 with %i bad events has %d of it left", (bad, left) => {
    expect(budgetOf(history(1_000, bad))?.budget_left).toBeCloseTo(left);
  });

  it("is that of seven days", () => {
    const sevenDays = 7 * 24 * 60;
    expect(budgetOf(history(1_000, 50, [sevenDays, 990, 50], [60, 1_000, 50]))).toMatchObject({
      total: 10,
      bad: 0,
      budget_left: 1,
    });
  });

  it("has all events when counting began later", () => {
    expect(budgetOf(history(1_000, 25, [60, 900, 0]))).toMatchObject({ total: 1_000, bad: 25 });
  });

  it("is unknown without events", () => {
    expect(budgetOf(history(0, 0))).toMatchObject({ budget_left: null });
  });
});
