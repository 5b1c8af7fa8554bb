import { describe, expect, it } from "vitest";
import { hopCapacity, layoutFor, planned } from "../../bench/simulation/capacity.ts";
import { built } from "../../bench/simulation/consumers.ts";
import { erlangC, erlangWait } from "../../bench/simulation/erlang.ts";
import { asBuilt, partsOf } from "../../bench/simulation/layout.ts";
import { parameters } from "../../bench/simulation/parameters.ts";
import { queue } from "../../bench/simulation/queue.ts";
import { seededRandom } from "../../bench/simulation/random.ts";
import { server } from "../../bench/simulation/server.ts";
import { simulate } from "../../bench/simulation/system.ts";
import { trouble } from "../../bench/simulation/tables.ts";
import { timeline } from "../../bench/simulation/timeline.ts";
import { hopStarts, stageOf } from "../../src/pipeline/stages/stage-table.ts";

/** So many that the mean is known to a few per cent. */
const comers = 250_000;

/** Who comes at random to `servers` that each take about a second. Seeded: the same in every run. */
function waitingRoom(servers: number, perSecond: number) {
  const line = timeline();
  const random = seededRandom(7);
  const settings = {
    batch: { size: 1, waitSeconds: 0 },
    concurrency: servers,
    perSecond: Infinity,
  };
  const room = queue<number>(line, settings, (_, __, free) =>
    line.at(line.now() + random.exponential(1), free),
  );
  function arrive() {
    room.send(0);
    line.at(line.now() + random.exponential(1 / perSecond), arrive);
  }
  line.at(0, arrive);
  line.run(1_000);
  room.measureAnew();
  line.run(1_000 + comers / perSecond);
  return room;
}

describe("a queue of the simulation", () => {
  it.each([
    { servers: 1, load: 0.7 },
    { servers: 4, load: 3.2 },
    { servers: 20, load: 17 },
  ])(
    "waits as Erlang's formula says with $servers consumers and a load of $load",
    ({ servers, load }) => {
      const room = waitingRoom(servers, load);
      expect(room.waits.mean()).toBeCloseTo(erlangWait(servers, load), 1);
      expect(room.waits.mean() / erlangWait(servers, load)).toBeGreaterThan(0.93);
      expect(room.waits.mean() / erlangWait(servers, load)).toBeLessThan(1.07);
      expect(room.utilisation()).toBeCloseTo(load / servers, 1);
      // As many as Erlang's C do not wait.
      const atOnce = 100 * (1 - erlangC(servers, load));
      expect(room.waits.percentile(atOnce - 3)).toBe(0);
      expect(room.waits.percentile(atOnce + 3)).toBeGreaterThan(0);
    },
  );

  it("hands out a full batch at once, and the rest when it has waited", () => {
    const line = timeline();
    const handedOut: [time: number, count: number][] = [];
    const settings = { batch: { size: 3, waitSeconds: 2 }, concurrency: 9, perSecond: 100 };
    const messages = queue<number>(line, settings, (batch, _, free) => {
      handedOut.push([line.now(), batch.length]);
      line.at(line.now() + 10, free);
    });
    for (const number of [1, 2, 3, 4]) messages.send(number);
    line.run(5);
    expect(handedOut).toEqual([
      [0, 3],
      [2, 1],
    ]);
    expect([messages.waiting(), messages.running()]).toEqual([0, 4]);
  });

  it("refuses what is more than it takes in a second", () => {
    const line = timeline();
    const settings = { batch: { size: 1, waitSeconds: 0 }, concurrency: 1, perSecond: 2 };
    const messages = queue<number>(line, settings, () => {});
    expect([1, 2, 3].map((number) => messages.send(number))).toEqual([true, true, false]);
    line.run(1);
    expect(messages.send(4)).toBe(true);
    expect(messages.refused()).toBe(1);
  });
});

it("a writer does one thing after the other", () => {
  const line = timeline();
  const writer = server(line);
  const done: number[] = [];
  for (const seconds of [2, 1]) writer.work(seconds, () => done.push(line.now()));
  line.run(2.5);
  expect(done).toEqual([2]);
  expect(writer.backlog()).toBeCloseTo(0.5);
  expect(writer.utilisation()).toBeCloseTo(1);
  line.run(6);
  expect(done).toEqual([2, 3]);
  expect(writer.utilisation()).toBeCloseTo(0.5);
});

describe("the simulated pipeline", () => {
  const lengths = { warmUpSeconds: 10, seconds: 10, seed: 3 };

  it("crosses the queues of the stage table", async () => {
    const { hops } = await built();
    const crossing = hopStarts.map(stageOf);
    expect(hops.map(({ name }) => name)).toEqual(crossing.map(({ name }) => name));
    expect(hops.map(({ batch }) => batch)).toEqual(crossing.map(({ batch }) => batch));
  });

  it.each([20, 400, 3_000])(
    "loses nothing at %d scans/s: what came has ended or is inside",
    async (rate) => {
      const project = await built();
      const run = { built: project, layout: asBuilt(project), parameters, rate, ...lengths };
      const { submitted, completed, inside } = simulate(run);
      expect(submitted).toBeGreaterThan(rate * 15);
      expect(completed).toBeGreaterThan(0);
      expect(completed + inside).toBe(submitted);
    },
  );

  it("is the same for the same seed, and another for another", async () => {
    const project = await built();
    const run = { built: project, layout: asBuilt(project), parameters, rate: 50, ...lengths };
    expect(simulate(run)).toEqual(simulate(run));
    expect(simulate({ ...run, seed: 4 })).not.toEqual(simulate(run));
  });

  it("tells of the whole from one of its equal parts", async () => {
    const project = await built();
    const one = { ...layoutFor(150, project, parameters), hops: [1, 1] };
    const four = { ...one, hops: [4, 4], events: 4, saves: 4, databases: 4, controls: 4 };
    expect([partsOf(one), partsOf(four)]).toEqual([1, 4]);
    const part = { built: project, parameters, ...lengths };
    const whole = simulate({ ...part, layout: four, rate: 600 });
    const alone = simulate({ ...part, layout: one, rate: 150 });
    expect(whole.endToEnd).toEqual(alone.endToEnd);
    expect(whole.stations.map(({ shards }) => shards)).toEqual(
      alone.stations.map(({ shards }) => shards * 4),
    );
  });

  it("breaks where a shard is offered more than it carries, and not with the shards that it needs", async () => {
    const project = await built();
    const [hop] = project.hops;
    const rate =
      2 *
      hopCapacity(hop ?? { batch: { size: 1, waitSeconds: 0 }, deadlineSeconds: 60 }, parameters);
    const few = { ...layoutFor(rate, project, parameters), hops: [1, 1] };
    const broken = simulate({ built: project, layout: few, parameters, rate, ...lengths });
    expect(broken.stations.filter((it) => trouble(it)).map(({ name }) => name)).toContain("vision");

    const enough = layoutFor(rate, project, parameters);
    const carried = simulate({ built: project, layout: enough, parameters, rate, ...lengths });
    expect(carried.stations.flatMap((it) => trouble(it) ?? [])).toEqual([]);
    for (const { load } of carried.stations) expect(load).toBeLessThan(planned + 0.1);
  });
});
