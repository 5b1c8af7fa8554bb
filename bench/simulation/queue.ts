import { type Samples, samples } from "./samples.ts";
import type { Timeline } from "./timeline.ts";

export interface QueueSettings {
  /** A batch is handed out with so many messages, or when one has waited for so long. */
  batch: { size: number; waitSeconds: number };
  /** So many batches are out at the same time. */
  concurrency: number;
  /** More messages in a second are refused. */
  perSecond: number;
}

/** What works on a batch: says of each message that it is done, and in the end that its place is free. */
export type RunBatch<Message> = (
  messages: readonly Message[],
  slot: number,
  free: () => void,
) => void;

export interface Queue<Message> {
  /** False when it takes no more in this second. */
  send: (message: Message) => boolean;
  waiting: () => number;
  /** Messages in batches that are out. */
  running: () => number;
  /** How long messages were in the queue, s. */
  waits: Samples;
  refused: () => number;
  taken: () => number;
  /** The share of its batches' places that was in use, from 0 to 1. */
  utilisation: () => number;
  /** How full its batches were on average, from 0 to 1. */
  fill: () => number;
  /** Forgets what was measured; who waits and works goes on. */
  measureAnew: () => void;
}

interface Waiting<Message> {
  message: Message;
  since: number;
}

/** Cloudflare's queue as far as its documentation says how it hands out messages. */
export function queue<Message>(
  { at, now }: Pick<Timeline, "at" | "now">,
  { batch, concurrency, perSecond }: QueueSettings,
  run: RunBatch<Message>,
): Queue<Message> {
  let pending: Waiting<Message>[] = [];
  let first = 0;
  let running = 0;
  let refused = 0;
  let taken = 0;
  let batches = 0;
  let inBatches = 0;
  let second = 0;
  let inSecond = 0;
  const freeSlots = Array.from({ length: concurrency }, (_, index) => concurrency - 1 - index);
  const waits = samples();
  let busySeconds = 0;
  let countedAt = 0;
  let measuredFrom = 0;

  const waiting = () => pending.length - first;
  function count() {
    busySeconds += (concurrency - freeSlots.length) * (now() - countedAt);
    countedAt = now();
  }

  function handOut() {
    while (freeSlots.length > 0 && waiting() > 0) {
      const since = pending[first]?.since ?? 0;
      const isDue = waiting() >= batch.size || now() >= since + batch.waitSeconds;
      if (!isDue) return;
      begin();
    }
  }

  function begin() {
    count();
    const slot = freeSlots.pop() ?? 0;
    const taken = pending.slice(first, first + batch.size);
    first += taken.length;
    // The front is cut off now and then, not each time.
    if (first > 10_000 && first * 2 > pending.length) {
      pending = pending.slice(first);
      first = 0;
    }
    for (const { since } of taken) waits.add(now() - since);
    running += taken.length;
    batches++;
    inBatches += taken.length;
    const messages = taken.map(({ message }) => message);
    run(messages, slot, () => {
      count();
      running -= messages.length;
      freeSlots.push(slot);
      handOut();
    });
  }

  return {
    send(message) {
      const current = Math.floor(now());
      if (current !== second) [second, inSecond] = [current, 0];
      if (inSecond >= perSecond) {
        refused++;
        return false;
      }
      inSecond++;
      taken++;
      pending.push({ message, since: now() });
      if (batch.waitSeconds > 0) at(now() + batch.waitSeconds, handOut);
      handOut();
      return true;
    },
    waiting,
    running: () => running,
    waits,
    refused: () => refused,
    taken: () => taken,
    utilisation() {
      count();
      const seconds = now() - measuredFrom;
      return seconds === 0 ? 0 : busySeconds / (concurrency * seconds);
    },
    fill: () => (batches === 0 ? 0 : inBatches / (batches * batch.size)),
    measureAnew() {
      count();
      waits.clear();
      [refused, taken, batches, inBatches, busySeconds, measuredFrom] = [0, 0, 0, 0, 0, now()];
    },
  };
}
