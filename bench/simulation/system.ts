import { hopCapacity } from "./capacity.ts";
import type { Built, Hop } from "./consumers.ts";
import { type Layout, partOf, partsOf } from "./layout.ts";
import type { Parameters } from "./parameters.ts";
import { type Queue, queue } from "./queue.ts";
import { seededRandom } from "./random.ts";
import { samples } from "./samples.ts";
import { type Server, server } from "./server.ts";
import { answersOf, isolates } from "./stations.ts";
import { queueResult, serverResult, type StationResult } from "./stations-told.ts";
import { timeline } from "./timeline.ts";

interface Scan {
  submittedAt: number;
  /** Says which shard of each queue it takes. */
  hash: number;
}

export interface Run {
  built: Built;
  layout: Layout;
  parameters: Parameters;
  /** Scans a second. */
  rate: number;
  /** How long is run before anything is measured, and how long it is measured then. */
  warmUpSeconds: number;
  seconds: number;
  seed: number;
}

export interface Result {
  stations: StationResult[];
  submitted: number;
  completed: number;
  /** Neither completed nor lost: on their way, in a queue, at work, or waiting to be sent again. */
  inside: number;
  /** From submit to the end of the last stage, s. */
  endToEnd: { p50: number; p95: number; p99: number };
  /** Model calls at the same time, at the end. */
  modelCalls: number;
}

const many = <Each>(count: number, make: (index: number) => Each) =>
  Array.from({ length: count }, (_, index) => make(index));

function pick<Each>(all: readonly Each[], index: number): Each {
  const found = all[index % all.length];
  if (found === undefined) throw new RangeError("There is none");
  return found;
}

/** Runs the pipeline, or one of its equal parts where it falls into such, and tells of all of it. */
export function simulate(run: Run): Result {
  const parts = partsOf(run.layout);
  const layout = partOf(run.layout, parts);
  const rate = run.rate / parts;
  const { built, parameters: p } = run;
  const line = timeline();
  const random = seededRandom(run.seed);
  const limits = { concurrency: p.consumers, perSecond: p.messagesPerSecond };
  const databases = many(layout.databases, () => server(line));
  const controls = many(layout.controls, () => server(line));
  let submitted = 0;
  let completed = 0;
  let onTheWay = 0;
  let atWork = 0;
  const endToEnd = samples();

  /** What is refused is not lost: it comes again. */
  function send(to: Queue<Scan>, scan: Scan, after: number, arrived = () => {}) {
    line.at(line.now() + after, () => {
      if (to.send(scan)) arrived();
      else send(to, scan, p.watchdog, arrived);
    });
  }
  function sendOn(to: readonly Queue<Scan>[], scan: Scan, after: number) {
    onTheWay++;
    send(pick(to, scan.hash), scan, after, () => void onTheWay--);
  }

  const saves = ["ownership", "characters"].map((name) => ({
    name,
    queues: many(layout.saves, (index) =>
      queue<Scan>(line, { batch: built.saves, ...limits }, ({ length }, _, free) =>
        pick(databases, index).work(p.saveGrants.batch + p.saveGrants.each * length, free),
      ),
    ),
  }));
  const events = many(layout.events, (index) =>
    queue<Scan>(line, { batch: built.events, ...limits }, ({ length }, _, free) => {
      const { appendEvents, readEvents } = p;
      const seconds =
        appendEvents.batch + readEvents.batch + (appendEvents.each + readEvents.each) * length;
      pick(databases, index).work(seconds, free);
    }),
  );

  function end(scan: Scan) {
    completed++;
    endToEnd.add(line.now() - scan.submittedAt);
    send(pick(events, scan.hash), scan, random.logNormal(p.hop));
    if (random.uniform() >= p.newCharacter) return;
    for (const { queues } of saves) send(pick(queues, scan.hash), scan, random.logNormal(p.hop));
  }

  const hops: Queue<Scan>[][] = [];
  /** The last hop is made first: each knows what follows it. */
  for (const [place, hop] of [...built.hops.entries()].toReversed()) {
    const [next] = hops;
    const goOn = next ? (scan: Scan) => sendOn(next, scan, random.logNormal(p.hop)) : end;
    hops.unshift(many(layout.hops[place] ?? 1, (index) => hopQueue(hop, index, goOn)));
  }

  function hopQueue(hop: Hop, index: number, goOn: (scan: Scan) => void): Queue<Scan> {
    const own = isolates(
      line,
      p,
      (isolate) => pick(controls, index + isolate),
      layout.metricsInDatabase ? (isolate) => pick(databases, index + isolate) : null,
    );
    return queue<Scan>(line, { batch: hop.batch, ...limits }, (scans, slot, free) => {
      const isolate = own.of(slot);
      atWork += scans.length;
      own.readControl(isolate, () => {
        const answers = answersOf(scans.length, hop.deadlineSeconds, p, random);
        for (const [place, scan] of scans.entries()) {
          line.at(line.now() + (answers[place] ?? 0), () => {
            atWork--;
            goOn(scan);
          });
        }
        // A batch's place is free when the slowest of it is done.
        line.at(line.now() + Math.max(...answers), () => own.writeMetrics(isolate, free));
      });
    });
  }

  const [firstHop = []] = hops;
  function arrive() {
    const scan = { submittedAt: line.now(), hash: Math.floor(random.uniform() * 2 ** 32) };
    submitted++;
    const accepted = random.logNormal(p.accept) + random.logNormal(p.hop);
    sendOn(firstHop, scan, accepted);
    line.at(line.now() + random.exponential(1 / rate), arrive);
  }

  const queues: [string, Queue<Scan>[]][] = [
    ...built.hops.map(({ name }, place): [string, Queue<Scan>[]] => [name, hops[place] ?? []]),
    ["events", events],
    ...saves.map(({ name, queues }): [string, Queue<Scan>[]] => [name, queues]),
  ];
  const servers: [string, Server[]][] = [
    ["D1 writer", databases],
    ["control object", controls],
  ];

  line.at(random.exponential(1 / rate), arrive);
  line.run(run.warmUpSeconds);
  for (const [, each] of queues) for (const it of each) it.measureAnew();
  for (const [, each] of servers) for (const it of each) it.measureAnew();
  endToEnd.clear();
  line.run(run.warmUpSeconds + run.seconds);

  return {
    stations: [
      ...queues.map(([name, each], place) => {
        const hop = built.hops[place];
        const capacity = hop ? hopCapacity(hop, p) : p.messagesPerSecond;
        return queueResult(name, each, parts, run.seconds, capacity);
      }),
      ...servers.map(([name, each]) => serverResult(name, each, parts, run.seconds)),
    ],
    submitted,
    completed,
    inside: onTheWay + atWork + hops.flat().reduce((sum, it) => sum + it.waiting(), 0),
    endToEnd: {
      p50: endToEnd.percentile(50),
      p95: endToEnd.percentile(95),
      p99: endToEnd.percentile(99),
    },
    modelCalls: atWork * parts,
  };
}
