import {
  type Measured,
  percentileOf,
  type Queue,
  queue,
  seededRandom,
  timeline,
  writer,
} from "./queue-simulation.ts";
import {
  answersOf,
  assumptions,
  type Hop,
  hopCapacity,
  type Layout,
  partsOf,
  planned,
  type Project,
} from "./scale-layout.ts";

/** All shards of one kind of queue or writer. The worst of them says what it is like to wait. */
export interface Station {
  name: string;
  shards: number;
  /** Messages or calls a second of one shard. */
  perSecond: number;
  utilisation: number;
  /** The share of its capacity that is used. Places that hold a part of a batch have room for the rest. */
  load: number;
  p50: number;
  p95: number;
  refusedPerSecond: number;
}

/** From this load on a part falls behind. */
const full = 0.95;

/** Whether a part carries its share, or what keeps it from that. */
export function verdictOf({ load, refusedPerSecond }: Station): string {
  if (refusedPerSecond > 0) return `breaks: refuses ${rounded(refusedPerSecond)}/s`;
  if (load >= full) return "breaks: falls behind";
  return load > planned ? "no room for a burst" : "carries it";
}

/** Two digits, or all of a large number's. */
export const rounded = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(2)));

export interface Run {
  project: Project;
  layout: Layout;
  /** Scans a second. */
  rate: number;
  /** How long is run before anything is measured, and how long it is measured then. */
  warmUpSeconds: number;
  seconds: number;
  seed: number;
}

export interface Result {
  stations: Station[];
  submitted: number;
  completed: number;
  /** Neither completed nor lost: on their way, in a queue, at work, or waiting to be sent again. */
  inside: number;
  /** From submit to the end of the last stage, s. */
  endToEnd: { p50: number; p95: number; p99: number };
  /** Model calls at the same time, at the end. */
  modelCalls: number;
}

interface Scan {
  submittedAt: number;
  /** Decides which shard of each queue it takes. */
  hash: number;
}

function pick<Each>(all: readonly Each[], index: number): Each {
  const found = all[index % all.length];
  if (found === undefined) throw new RangeError("There is none");
  return found;
}

/** Runs the pipeline, or one of its equal parts, and reports on the whole. */
export function simulate(run: Run): Result {
  const { project, layout, seconds } = run;
  const parts = partsOf(layout);
  const rate = run.rate / parts;
  const line = timeline();
  const random = seededRandom(run.seed);
  const many = <Each>(count: number, make: (index: number) => Each) =>
    Array.from({ length: count / parts }, (_, index) => make(index));
  const databases = many(layout.databases, () => writer(line));
  const totals = { submitted: 0, completed: 0, onTheWay: 0, atWork: 0 };
  let endToEnd: number[] = [];

  type Consume = Parameters<typeof queue<Scan>>[2];
  const scanQueue = (batch: Hop["batch"], consume: Consume) =>
    queue(
      line,
      { batch, concurrency: assumptions.consumers, perSecond: assumptions.messagesPerSecond },
      consume,
    );

  /** A message that is refused is not lost: it is sent again. */
  function send(to: readonly Queue<Scan>[], scan: Scan, after: number, arrived = () => {}) {
    line.after(after, () => {
      if (pick(to, scan.hash).send(scan)) arrived();
      else send(to, scan, assumptions.watchdog, arrived);
    });
  }
  function sendOn(to: readonly Queue<Scan>[], scan: Scan, after: number) {
    totals.onTheWay++;
    send(to, scan, after, () => void totals.onTheWay--);
  }

  const saveQueues = () =>
    many(layout.saves, (index) =>
      scanQueue(project.saves, ({ length }, _, free) => {
        const { batch, each } = assumptions.saveGrants;
        pick(databases, index).work(batch + each * length, free);
      }),
    );
  const [ownership, characters] = [saveQueues(), saveQueues()];
  const events = many(layout.events, (index) =>
    scanQueue(project.events, ({ length }, _, free) => {
      const { appendEvents: append, projectEvents: projections } = assumptions;
      const work = append.batch + projections.batch + (append.each + projections.each) * length;
      pick(databases, index).work(work, free);
    }),
  );

  function end(scan: Scan) {
    totals.completed++;
    endToEnd.push(line.now() - scan.submittedAt);
    send(events, scan, random.logNormal(assumptions.hop));
    if (random.uniform() >= assumptions.newCharacter) return;
    for (const to of [ownership, characters]) send(to, scan, random.logNormal(assumptions.hop));
  }

  /** Lets an isolate write its metrics now and then: it goes on when that is done, or after the timeout. */
  function flushMetrics(isolate: number, flushedAt: Map<number, number>, goOn: () => void) {
    const { metricsEvery, metricsTimeout, writeMetrics } = assumptions;
    const isDue = line.now() - (flushedAt.get(isolate) ?? -Infinity) >= metricsEvery;
    if (!layout.metricsInDatabase || !isDue) return goOn();
    flushedAt.set(isolate, line.now());
    let isOver = false;
    const once = () => {
      if (!isOver) goOn();
      isOver = true;
    };
    pick(databases, isolate).work(writeMetrics, once);
    line.after(metricsTimeout, once);
  }

  function hopQueue(hop: Hop, next: (scan: Scan) => void): Queue<Scan> {
    const flushedAt = new Map<number, number>();
    return scanQueue(hop.batch, (scans, slot, free) => {
      totals.atWork += scans.length;
      const answers = answersOf(scans.length, hop.deadlineSeconds, random);
      for (const [place, scan] of scans.entries()) {
        line.after(answers[place] ?? 0, () => {
          totals.atWork--;
          next(scan);
        });
      }
      // A batch's place is free when the slowest message of it is done.
      const isolate = Math.floor(slot / assumptions.batchesPerIsolate);
      line.after(Math.max(...answers), () => flushMetrics(isolate, flushedAt, free));
    });
  }

  const hops: Queue<Scan>[][] = [];
  /** The last hop is made first: each knows what follows it. */
  for (const [place, hop] of [...project.hops.entries()].toReversed()) {
    const [following] = hops;
    const next = following
      ? (scan: Scan) => sendOn(following, scan, random.logNormal(assumptions.hop))
      : end;
    hops.unshift(many(layout.hops[place] ?? 1, () => hopQueue(hop, next)));
  }

  function arrive() {
    const scan = { submittedAt: line.now(), hash: Math.floor(random.uniform() * 2 ** 32) };
    totals.submitted++;
    const { accept, hop } = assumptions;
    sendOn(hops[0] ?? [], scan, random.logNormal(accept) + random.logNormal(hop));
    line.after(random.exponential(1 / rate), arrive);
  }

  const { messagesPerSecond } = assumptions;
  const all: {
    name: string;
    each: { measured: () => Measured; reset: () => void }[];
    capacity: number;
  }[] = [
    ...project.hops.map((hop, place) => ({
      name: hop.name,
      each: hops[place] ?? [],
      capacity: hopCapacity(hop),
    })),
    { name: "events", each: events, capacity: messagesPerSecond },
    { name: "ownership", each: ownership, capacity: messagesPerSecond },
    { name: "characters", each: characters, capacity: messagesPerSecond },
    { name: "D1 writer", each: databases, capacity: Infinity },
  ];

  line.after(random.exponential(1 / rate), arrive);
  line.run(run.warmUpSeconds);
  for (const { each } of all) for (const it of each) it.reset();
  endToEnd = [];
  line.run(run.warmUpSeconds + seconds);

  const { submitted, completed, onTheWay, atWork } = totals;
  return {
    stations: all.map(({ name, each, capacity }) => {
      const shards = each.map((it) => it.measured());
      const most = (of: (shard: Measured) => number) => Math.max(...shards.map(of));
      const sum = (of: (shard: Measured) => number) =>
        shards.reduce((total, shard) => total + of(shard), 0);
      const perSecond = sum(({ taken }) => taken) / shards.length / seconds;
      return {
        name,
        shards: shards.length * parts,
        perSecond,
        utilisation: most(({ utilisation }) => utilisation),
        load: Math.max(
          perSecond / capacity,
          most(({ utilisation, fill }) => utilisation * fill),
        ),
        p50: most(({ waits }) => percentileOf(waits, 50)),
        p95: most(({ waits }) => percentileOf(waits, 95)),
        refusedPerSecond: (sum(({ refused }) => refused) * parts) / seconds,
      };
    }),
    submitted,
    completed,
    inside: onTheWay + atWork + hops.flat().reduce((sum, it) => sum + it.waiting(), 0),
    endToEnd: {
      p50: percentileOf(endToEnd, 50),
      p95: percentileOf(endToEnd, 95),
      p99: percentileOf(endToEnd, 99),
    },
    modelCalls: atWork * parts,
  };
}
