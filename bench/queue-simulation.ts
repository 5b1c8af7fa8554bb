/** Queues and writers in simulated time: what happens is an event that is due at a second. */

interface Event {
  time: number;
  order: number;
  action: () => void;
}

const isBefore = (a: Event, b: Event) =>
  a.time < b.time || (a.time === b.time && a.order < b.order);

export type Timeline = ReturnType<typeof timeline>;

/** Runs events in the order of their time, s; those of the same time in the order they were added. */
export function timeline() {
  // A binary heap: millions of events come and go.
  const heap: Event[] = [];
  let now = 0;
  let order = 0;

  function push(event: Event) {
    let place = heap.push(event) - 1;
    for (let parent; place > 0; place = parent) {
      parent = (place - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, event)) break;
      heap[place] = above;
    }
    heap[place] = event;
  }

  function dropFirst() {
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = place * 2 + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a && b && isBefore(b, a) ? b : a;
      if (!child || isBefore(last, child)) break;
      heap[place] = child;
      place = child === a ? left : left + 1;
    }
    heap[place] = last;
  }

  return {
    now: () => now,
    after(seconds: number, action: () => void) {
      push({ time: now + seconds, order: order++, action });
    },
    run(until: number) {
      for (let next = heap[0]; next && next.time <= until; next = heap[0]) {
        dropFirst();
        now = next.time;
        next.action();
      }
      now = until;
    },
  };
}

export type Random = ReturnType<typeof seededRandom>;

/** The standard normal's 99th percentile. */
const z99 = 2.326_347_874;

/** Random numbers that are the same for the same seed: a 32-bit counter whose steps are mixed. */
export function seededRandom(seed: number) {
  let counter = seed >>> 0;
  function uniform(): number {
    counter = (counter + 0x9e37_79b9) >>> 0;
    let bits = counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0_aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a_2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    /** From 0 to below 1. */
    uniform,
    exponential: (mean: number) => -mean * Math.log(1 - uniform()),
    /** Half are below `p50`, and one in a hundred above `p99`. */
    logNormal: ({ p50, p99 }: { p50: number; p99: number }) =>
      p50 * Math.exp((Math.log(p99 / p50) / z99) * normal()),
  };
}

/** What a queue or a writer has done since the last `reset`. */
export interface Measured {
  /** How long each message or call waited, s. */
  waits: number[];
  /** Messages or calls that came, and those that were refused. */
  taken: number;
  refused: number;
  /** The share of its places, or of its time, that was in use, from 0 to 1. */
  utilisation: number;
  /** How full its batches were on average, from 0 to 1. */
  fill: number;
}

export function percentileOf(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

export interface Batch {
  /** A batch is delivered with so many messages, or when one has waited for so long. */
  size: number;
  waitSeconds: number;
}

export interface QueueSettings {
  batch: Batch;
  /** Batches that are out at the same time. */
  concurrency: number;
  /** More messages in a second are refused. */
  perSecond: number;
}

export interface Queue<Message> {
  /** False when it takes no more in this second. */
  send: (message: Message) => boolean;
  waiting: () => number;
  measured: () => Measured;
  /** Forgets what was measured; what waits and runs goes on. */
  reset: () => void;
}

/**
 * Cloudflare's queue as far as its documentation says how it delivers messages. `consume` gets a batch and
 * its slot, and calls `free` when the slot can take another.
 */
export function queue<Message>(
  line: Timeline,
  { batch, concurrency, perSecond }: QueueSettings,
  consume: (messages: readonly Message[], slot: number, free: () => void) => void,
): Queue<Message> {
  let pending: { message: Message; since: number }[] = [];
  let first = 0;
  const slots = Array.from({ length: concurrency }, (_, index) => concurrency - 1 - index);
  const second = { number: 0, taken: 0 };
  const empty = { taken: 0, refused: 0, batches: 0, delivered: 0, busySeconds: 0 };
  let counts = { ...empty };
  let waits: number[] = [];
  let countedAt = 0;
  let resetAt = 0;

  const waiting = () => pending.length - first;
  function countBusy() {
    counts.busySeconds += (concurrency - slots.length) * (line.now() - countedAt);
    countedAt = line.now();
  }

  function deliver() {
    for (let next = pending[first]; next && slots.length > 0; next = pending[first]) {
      const isDue = waiting() >= batch.size || line.now() >= next.since + batch.waitSeconds;
      if (!isDue) return;
      countBusy();
      const slot = slots.pop() ?? 0;
      const delivered = pending.slice(first, first + batch.size);
      first += delivered.length;
      // The front is cut off now and then, not each time.
      if (first > 10_000 && first * 2 > pending.length) {
        pending = pending.slice(first);
        first = 0;
      }
      for (const { since } of delivered) waits.push(line.now() - since);
      counts.batches++;
      counts.delivered += delivered.length;
      consume(
        delivered.map(({ message }) => message),
        slot,
        () => {
          countBusy();
          slots.push(slot);
          deliver();
        },
      );
    }
  }

  return {
    send(message) {
      const now = Math.floor(line.now());
      if (now !== second.number) Object.assign(second, { number: now, taken: 0 });
      if (second.taken >= perSecond) {
        counts.refused++;
        return false;
      }
      second.taken++;
      counts.taken++;
      pending.push({ message, since: line.now() });
      if (batch.waitSeconds > 0) line.after(batch.waitSeconds, deliver);
      deliver();
      return true;
    },
    waiting,
    measured() {
      countBusy();
      const { taken, refused, batches, delivered, busySeconds } = counts;
      const seconds = line.now() - resetAt;
      return {
        waits,
        taken,
        refused,
        utilisation: seconds === 0 ? 0 : busySeconds / (concurrency * seconds),
        fill: batches === 0 ? 0 : delivered / (batches * batch.size),
      };
    },
    reset() {
      countBusy();
      [waits, counts, resetAt] = [[], { ...empty }, line.now()];
    },
  };
}

export type Writer = ReturnType<typeof writer>;

/** Does one thing at a time, in the order of the calls: a database's writer, or an object. */
export function writer(line: Timeline) {
  let freeAt = 0;
  let worked = 0;
  let resetAt = 0;
  let waits: number[] = [];
  const backlog = () => Math.max(0, freeAt - line.now());
  return {
    /** Works for so many seconds when its turn comes, and then calls `done`. */
    work(seconds: number, done: () => void) {
      waits.push(backlog());
      worked += seconds;
      freeAt = line.now() + backlog() + seconds;
      line.after(freeAt - line.now(), done);
    },
    measured(): Measured {
      const seconds = line.now() - resetAt;
      const utilisation = seconds === 0 ? 0 : (worked - backlog()) / seconds;
      return { waits, taken: waits.length, refused: 0, utilisation, fill: 1 };
    },
    reset() {
      // What waits is still to be worked, and counts from here.
      [waits, worked, resetAt] = [[], backlog(), line.now()];
    },
  };
}
