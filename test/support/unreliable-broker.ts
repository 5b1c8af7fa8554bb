import { adaptersOf } from "../../src/adapters.ts";
import { ProcessCrashed, crashingEnv } from "./crashing-env.ts";
import type { CapturedMessage } from "./captured-queues-worker.ts";
import { buildMessage, deliver } from "./queue-messages.ts";

/** How a queue hands messages out, and what becomes of one that nobody acknowledges. */
export interface QueueTerms {
  batch: number;
  retries: number;
  deadLetters: string | null;
}

interface Carried extends CapturedMessage {
  deliveries: number;
  /** No delivery before, Unix ms. */
  dueAt: number;
}

/** How a consumer's process ends: at its so-manieth call, before it or after. Null: it lives. */
export type Crash = { dies: number; when: "before" | "after" } | null;

/**
 * Stands where the platform's queues stand, and is as bad as they may be: hands every message out
 * twice and in any order, to processes that die, whose acknowledgements may be lost with them.
 */
export function unreliableBroker(termsOf: (queue: string) => QueueTerms, random: () => number) {
  let waiting: Carried[] = [];
  let deaths = 0;

  const shuffle = <Item>(items: Item[]): Item[] =>
    items
      .map((item) => ({ item, place: random() }))
      .toSorted((one, other) => one.place - other.place)
      .map(({ item }) => item);

  async function handOut(queue: string, batch: Carried[], bindings: Env, death: Crash) {
    const messages = batch.map(({ body, deliveries }) =>
      buildMessage<unknown>(body, deliveries + 1),
    );
    const its = death ? crashingEnv(bindings, death.dies, death.when) : bindings;
    await warm(its);
    try {
      await deliver(queue, messages, its);
    } catch (error) {
      if (!(error instanceof ProcessCrashed)) throw error;
    }
    // Of a process that dies the platform may have heard, or not.
    const heard = death === null || random() < 0.5;
    if (!heard || messages.some(({ retry }) => retry.mock.calls.length > 0))
      deaths += death ? 1 : 0;
    return messages.map(({ ack, retry }) => ({
      acknowledged: heard && ack.mock.calls.length > 0,
      waits: (retry.mock.calls[0]?.[0]?.delaySeconds ?? 0) * 1_000,
    }));
  }

  /** What becomes of a message that no copy's consumer has acknowledged. */
  function again(it: Carried, waits: number): Carried[] {
    const { batch: _, retries, deadLetters } = termsOf(it.queue);
    if (it.deliveries < retries) {
      return [{ ...it, deliveries: it.deliveries + 1, dueAt: Date.now() + waits }];
    }
    if (deadLetters === null)
      throw new Error(`${it.queue} has given up ${JSON.stringify(it.body)}`);
    return [{ queue: deadLetters, body: it.body, deliveries: 0, dueAt: 0 }];
  }

  async function round(queue: string, due: readonly Carried[], bindings: Env, death: () => Crash) {
    const settled = new Map<Carried, { acknowledged: boolean; waits: number }>();
    const copies = shuffle([...due, ...due]);
    while (copies.length > 0) {
      const batch = copies.splice(0, termsOf(queue).batch);
      const outcomes = await handOut(queue, batch, bindings, death());
      for (const [index, it] of batch.entries()) {
        const { acknowledged = false, waits = 0 } = outcomes[index] ?? {};
        const before = settled.get(it)?.acknowledged ?? false;
        settled.set(it, { acknowledged: before || acknowledged, waits });
      }
    }
    for (const [it, { acknowledged, waits }] of settled) {
      if (!acknowledged) waiting.push(...again(it, waits));
    }
  }

  return {
    take(messages: readonly CapturedMessage[]) {
      waiting.push(...messages.map((it) => ({ ...it, deliveries: 0, dueAt: 0 })));
    },

    /** Hands out everything that is due, twice; the queues at the same time. */
    async deliver(bindings: Env, death: () => Crash): Promise<void> {
      const now = Date.now();
      const due = waiting.filter(({ dueAt }) => dueAt <= now);
      waiting = waiting.filter(({ dueAt }) => dueAt > now);
      const byQueue = Map.groupBy(due, ({ queue }) => queue);
      await Promise.all(
        Array.from(byQueue, ([queue, messages]) => round(queue, messages, bindings, death)),
      );
    },

    waiting: () => waiting.length,
    deaths: () => deaths,
  };
}

/** Lets a new process read the regulations, which it would do for each message of its first batch. */
async function warm(env: Env): Promise<void> {
  const deployment = adaptersOf(env);
  const question = { photo: null, words: "생수병", spent_usd: 0, reuse: true };
  const regulation_version = await deployment.regulations.version();
  await deployment
    .model("offline")
    .classify({ ...question, regulation_version }, AbortSignal.timeout(60_000));
}
