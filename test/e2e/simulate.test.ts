import { describe, expect, it } from "vitest";
import { simulate, verdictOf } from "../../bench/pipeline-simulation.ts";
import {
  percentileOf,
  queue,
  seededRandom,
  timeline,
  writer,
} from "../../bench/queue-simulation.ts";
import {
  currentLayout,
  hopCapacity,
  layoutFor,
  partsOf,
  planned,
  readProject,
} from "../../bench/scale-layout.ts";
import { hopStarts, stageOf } from "../../src/pipeline/stages/stage-table.ts";

/**
 * Erlang's C formula: the probability that an arrival at `servers` waits, when they are offered `load` of
 * work (arrivals a second times seconds of work each).
 */
function erlangC(servers: number, load: number): number {
  // Erlang's B, by its recursion: the probability that all are busy when nobody waits.
  let blocked = 1;
  for (let count = 1; count <= servers; count++)
    blocked = (load * blocked) / (count + load * blocked);
  return blocked / (1 - (load / servers) * (1 - blocked));
}

/** The mean wait, in units of the work's mean. */
const erlangWait = (servers: number, load: number): number =>
  erlangC(servers, load) / (servers - load);

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** So many that the mean is known to a few per cent. */
const arrivals = 250_000;

/** Random arrivals at `servers` that each take about a second. Seeded: the same in every run. */
function measuredQueue(servers: number, perSecond: number) {
  const line = timeline();
  const random = seededRandom(7);
  const settings = {
    batch: { size: 1, waitSeconds: 0 },
    concurrency: servers,
    perSecond: Infinity,
  };
  const messages = queue<number>(line, settings, (_, __, free) =>
    line.after(random.exponential(1), free),
  );
  function arrive() {
    messages.send(0);
    line.after(random.exponential(1 / perSecond), arrive);
  }
  line.after(0, arrive);
  line.run(1_000);
  messages.reset();
  line.run(1_000 + arrivals / perSecond);
  return messages.measured();
}

describe("a queue of the simulation", () => {
  it.each([
    { servers: 1, load: 0.7 },
    { servers: 4, load: 3.2 },
    { servers: 20, load: 17 },
  ])(
    "waits as Erlang's formula says with $servers consumers and a load of $load",
    ({ servers, load }) => {
      const { waits, utilisation } = measuredQueue(servers, load);
      expect(mean(waits)).toBeCloseTo(erlangWait(servers, load), 1);
      expect(mean(waits) / erlangWait(servers, load)).toBeGreaterThan(0.93);
      expect(mean(waits) / erlangWait(servers, load)).toBeLessThan(1.07);
      expect(utilisation).toBeCloseTo(load / servers, 1);
      // As many as Erlang's C do not wait.
      const atOnce = 100 * (1 - erlangC(servers, load));
      expect(percentileOf(waits, atOnce - 3)).toBe(0);
      expect(percentileOf(waits, atOnce + 3)).toBeGreaterThan(0);
    },
  );

  it("delivers a full batch at once, and the rest when it has waited", () => {
    const line = timeline();
    const delivered: [time: number, count: number][] = [];
    const settings = { batch: { size: 3, waitSeconds: 2 }, concurrency: 9, perSecond: 100 };
    const messages = queue<number>(line, settings, (batch, _, free) => {
      delivered.push([line.now(), batch.length]);
      line.after(10, free);
    });
    for (const number of [1, 2, 3, 4]) messages.send(number);
    line.run(5);
    expect(delivered).toEqual([
      [0, 3],
      [2, 1],
    ]);
    expect(messages.waiting()).toBe(0);
    expect(messages.measured().taken).toBe(4);
  });

  it("refuses what is more than it takes in a second", () => {
    const line = timeline();
    const settings = { batch: { size: 1, waitSeconds: 0 }, concurrency: 1, perSecond: 2 };
    const messages = queue<number>(line, settings, () => {});
    expect([1, 2, 3].map((number) => messages.send(number))).toEqual([true, true, false]);
    line.run(1);
    expect(messages.send(4)).toBe(true);
    expect(messages.measured().refused).toBe(1);
  });
});

it("does one thing after the other as a writer", () => {
  const line = timeline();
  const database = writer(line);
  const done: number[] = [];
  for (const seconds of [2, 1]) database.work(seconds, () => done.push(line.now()));
  expect(database.measured().waits).toEqual([0, 2]);
  line.run(2.5);
  expect(done).toEqual([2]);
  expect(database.measured().utilisation).toBeCloseTo(1);
  line.run(6);
  expect(done).toEqual([2, 3]);
  expect(database.measured().utilisation).toBeCloseTo(0.5);
});

describe("the simulated pipeline", () => {
  const lengths = { warmUpSeconds: 10, seconds: 10, seed: 3 };

  it("crosses the queues of the stage table", async () => {
    const { hops } = await readProject();
    const crossing = hopStarts.map(stageOf);
    expect(hops.map(({ name }) => name)).toEqual(crossing.map(({ name }) => name));
    expect(hops.map(({ batch }) => batch)).toEqual(crossing.map(({ batch }) => batch));
  });

  it.each([20, 400, 3_000])(
    "loses nothing at %d scans/s: what came has ended or is inside",
    async (rate) => {
      const project = await readProject();
      const run = { project, layout: currentLayout(project), rate, ...lengths };
      const { submitted, completed, inside } = simulate(run);
      expect(submitted).toBeGreaterThan(rate * 15);
      expect(completed).toBeGreaterThan(0);
      expect(completed + inside).toBe(submitted);
    },
  );

  it("is the same for the same seed, and another for another", async () => {
    const project = await readProject();
    const run = { project, layout: currentLayout(project), rate: 50, ...lengths };
    expect(simulate(run)).toEqual(simulate(run));
    expect(simulate({ ...run, seed: 4 })).not.toEqual(simulate(run));
  });

  it("reports on the whole from one of its equal parts", async () => {
    const project = await readProject();
    const one = { ...layoutFor(150, project), hops: [1, 1] };
    const four = { ...one, hops: [4, 4], events: 4, saves: 4, databases: 4 };
    expect([partsOf(one), partsOf(four)]).toEqual([1, 4]);
    const part = { project, ...lengths };
    const whole = simulate({ ...part, layout: four, rate: 600 });
    const alone = simulate({ ...part, layout: one, rate: 150 });
    expect(whole.endToEnd).toEqual(alone.endToEnd);
    expect(whole.stations.map(({ shards }) => shards)).toEqual(
      alone.stations.map(({ shards }) => shards * 4),
    );
  });

  it("breaks where a shard is offered more than it carries, and not with the shards that it needs", async () => {
    const project = await readProject();
    const rate = 2 * Math.max(...project.hops.map(hopCapacity));
    const few = { ...layoutFor(rate, project), hops: [1, 1] };
    const broken = simulate({ project, layout: few, rate, ...lengths });
    const fails = broken.stations.filter((it) => verdictOf(it) !== "carries it");
    expect(fails.map(({ name }) => name)).toContain("vision");

    const carried = simulate({ project, layout: layoutFor(rate, project), rate, ...lengths });
    expect(new Set(carried.stations.map(verdictOf))).toEqual(new Set(["carries it"]));
    for (const { load } of carried.stations) expect(load).toBeLessThan(planned + 0.1);
  });
});
