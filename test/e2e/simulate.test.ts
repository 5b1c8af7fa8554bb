import { describe, expect, it } from "vitest";
import {
  assumptions,
  batchTimes,
  capacityAt,
  currentLayout,
  databaseCapacity,
  layoutFor,
  type Part,
  planned,
  queueCapacity,
  randomTimes,
  readProject,
  verdictOf,
} from "../../bench/capacity.ts";
import { hopStarts, stageOf } from "../../src/pipeline/stages/stage-table.ts";

const project = await readProject();
const current = currentLayout(project);
/** With more queues of a stage, which carry more than one. */
const wide = { ...current, hops: [16, 16] };

function partOf(name: string, { parts }: { parts: readonly Part[] }): Part {
  const found = parts.find((it) => it.name === name);
  if (!found) throw new RangeError(`There is no part ${name}`);
  return found;
}

/** The mean of a log-normal time: exp(mu + sigma² / 2). */
const meanOf = ({ p50, p99 }: { p50: number; p99: number }) =>
  p50 * Math.exp((Math.log(p99 / p50) / 2.326) ** 2 / 2);

describe("times that are drawn", () => {
  it("have the median, the 99th percentile and the mean that they are given", () => {
    const time = randomTimes();
    const times = Array.from({ length: 100_000 }, () => time(assumptions.model));
    const below = (limit: number) => times.filter((it) => it < limit).length / times.length;
    expect(below(assumptions.model.p50)).toBeCloseTo(0.5, 2);
    expect(below(assumptions.model.p99)).toBeCloseTo(0.99, 2);
    const mean = times.reduce((sum, it) => sum + it, 0) / times.length;
    expect(mean / meanOf(assumptions.model)).toBeCloseTo(1, 1);
  });

  it("make a batch of one as long as a model's answer and two calls of an object", () => {
    const { message, batch } = batchTimes(1, 50_000);
    expect(batch).toBeCloseTo(message);
    const calls = 2 * meanOf(assumptions.objectCall);
    // Now and then the headers are later than the answer that was drawn.
    expect(message / (meanOf(assumptions.model) + calls)).toBeGreaterThan(0.98);
    expect(message / (meanOf(assumptions.model) + calls)).toBeLessThan(1.05);
  });

  it("make a full batch last for several of its answers, since the slowest decides", () => {
    const { message, batch } = batchTimes(50);
    expect(message).toBeGreaterThan(batchTimes(1).message);
    expect(batch).toBeGreaterThan(3 * message);
    expect(batch).toBeLessThan(20);
  });
});

describe("the capacity of a part", () => {
  it("is of a queue of stages all consumers with full batches, which grows with the batch", () => {
    const { batch } = batchTimes(50);
    expect(queueCapacity(50)).toBeCloseTo((assumptions.consumers * 50) / batch);
    expect(queueCapacity(50)).toBeGreaterThan(queueCapacity(10));
    expect(queueCapacity(10)).toBeGreaterThan(queueCapacity(1));
  });

  it("is of a database the inverse of a scan's writes in full batches", () => {
    const { events, saves, newCharacter } = assumptions;
    const work =
      events.each +
      events.batch / project.events.size +
      2 * newCharacter * (saves.each + saves.batch / project.saves.size);
    expect(databaseCapacity(project)).toBeCloseTo(1 / work);
  });

  it.each([
    { perSecond: 60, capacity: 100, verdict: "carries it" },
    { perSecond: 80, capacity: 100, verdict: "has no reserve" },
    { perSecond: 100, capacity: 100, verdict: "breaks: falls behind" },
    { perSecond: 5_100, capacity: 6_000, verdict: "breaks: refuses 200/s" },
  ])("gives the verdict $verdict at $perSecond of $capacity", ({ verdict, ...load }) => {
    expect(verdictOf({ name: "queue", shards: 2, p95: 0, ...load })).toBe(verdict);
  });
});

describe("the simulated pipeline", () => {
  it("crosses the queues of the stage table", () => {
    const crossing = hopStarts.map(stageOf);
    expect(project.hops.map(({ name }) => name)).toEqual(crossing.map(({ name }) => name));
    expect(project.hops.map(({ size }) => size)).toEqual(crossing.map(({ batch }) => batch.size));
    expect(crossing.map(({ batch }) => batch.waitSeconds)).toEqual(crossing.map(() => 0));
  });

  it.each([20, 400, 3_000])("loses nothing at %d scans/s: each part is sent its share", (rate) => {
    const { parts, carried } = capacityAt(rate, project, wide);
    expect(carried).toBeCloseTo(rate);
    for (const { name, shards, perSecond } of parts) {
      const isSave = name === "ownership" || name === "characters";
      expect(shards * perSecond).toBeCloseTo(rate * (isSave ? assumptions.newCharacter : 1));
    }
  });

  it("passes on what a part carries, and no more", () => {
    const rate = 100_000;
    const capacity = capacityAt(rate, project, current);
    const vision = partOf("vision", capacity);
    expect(vision.shards * vision.perSecond).toBeCloseTo(rate);
    expect(verdictOf(vision)).toContain(
      `refuses ${(rate - 5_000 * vision.shards).toLocaleString("en")}`,
    );
    const answer = partOf("answer", capacity);
    expect(answer.shards * answer.perSecond).toBeCloseTo(vision.shards * vision.capacity);
    expect(capacity.carried).toBeCloseTo(answer.shards * answer.capacity);
  });

  it("has as many model calls at once as scans a second times the seconds of their answers", () => {
    const { modelCalls } = capacityAt(100, project, wide);
    expect(modelCalls).toBeCloseTo(100 * project.hops.length * batchTimes(1).message);
  });

  it("waits for a place only when all are in use, and for a batch until it is full or due", () => {
    const idle = capacityAt(10, project, current);
    expect(partOf("vision", idle).p95).toBe(0);
    expect(partOf("ownership", idle).p95).toBeCloseTo(0.95 * project.saves.waitSeconds);
    const rate = planned * queueCapacity(50) * partOf("vision", idle).shards;
    const busy = capacityAt(rate, project, current);
    expect(partOf("vision", busy).p95).toBeGreaterThan(0);
    expect(partOf("vision", busy).p95).toBeLessThan(1);
    expect(partOf("ownership", busy).p95).toBeLessThan(project.saves.waitSeconds);
    expect(busy.endToEnd?.p50).toBeGreaterThan(idle.endToEnd?.p50 ?? Infinity);
  });

  it("takes from a database's capacity what isolates write of their metrics", () => {
    const without = capacityAt(1_000, project, { ...wide, metricsInDatabase: false });
    const database = partOf("D1 writer", capacityAt(1_000, project, wide));
    expect(verdictOf(database)).toBe("breaks: falls behind");
    expect(database.capacity).toBeLessThan(0.6 * partOf("D1 writer", without).capacity);
    expect(verdictOf(partOf("D1 writer", without))).toBe("carries it");
  });

  it("is the same each time", () => {
    expect(capacityAt(50, project, current)).toEqual(capacityAt(50, project, current));
  });

  it("breaks where a shard is sent more than it carries, and not with the shards that it needs", () => {
    const rate = 2 * Math.max(...project.hops.map(({ size }) => queueCapacity(size)));
    const few = { ...layoutFor(rate, project), hops: [1, 1] };
    const broken = capacityAt(rate, project, few).parts;
    const fails = broken.filter((it) => verdictOf(it) !== "carries it");
    expect(fails.map(({ name }) => name)).toContain("vision");

    const { parts } = capacityAt(rate, project, layoutFor(rate, project));
    expect(new Set(parts.map(verdictOf))).toEqual(new Set(["carries it"]));
    for (const { perSecond, capacity } of parts) {
      expect(perSecond / capacity).toBeLessThan(planned + 0.01);
    }
  });
});
