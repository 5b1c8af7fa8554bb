import { adaptersOf } from "../../src/adapters.ts";
import { ProcessCrashed, crashingEnv } from "./crashing-env.ts";
import type { CapturedMessage } from "./captured-queues-worker.ts";
import { buildMessage, deliver } from "./queue-messages.ts";
import { shuffle } from "./seeded-random.ts";

/** How a queue delivers messages, retries them, and where it moves those that are never acknowledged. */
export interface QueueSettings {
  batch: number;
  retries: number;
  deadLetters: string | null;
}

interface QueuedMessage extends CapturedMessage {
  deliveries: number;
  /** The earliest next delivery, Unix ms. */
  dueAt: number;
}

/** At which call a consumer's process crashes, and whether before or after it. Null when it does not. */
export type Crash = { call: number; when: "before" | "after" } | null;

/**
 * Replaces the platform's queues at their worst: it delivers every message twice and in any order, to
 * processes that crash and whose acknowledgements may be lost.
 */
export function unreliableBroker(
  settingsOf: (queue: string) => QueueSettings,
  random: () => number,
) {
  let waiting: QueuedMessage[] = [];
  let crashes = 0;

  async function deliverBatch(queue: string, batch: QueuedMessage[], bindings: Env, crash: Crash) {
    const messages = batch.map(({ body, deliveries }) =>
      buildMessage<unknown>(body, deliveries + 1),
    );
    const env = crash ? crashingEnv(bindings, crash.call, crash.when) : bindings;
    await warm(env);
    try {
      await deliver(queue, messages, env);
    } catch (error) {
      if (!(error instanceof ProcessCrashed)) throw error;
    }
    // The acknowledgements of a process that crashes may be lost.
    const received = crash === null || random() < 0.5;
    if (!received || messages.some(({ retry }) => retry.mock.calls.length > 0))
      crashes += crash ? 1 : 0;
    return messages.map(({ ack, retry }) => ({
      acknowledged: received && ack.mock.calls.length > 0,
      retryMs: (retry.mock.calls[0]?.[0]?.delaySeconds ?? 0) * 1_000,
    }));
  }

  /** Queues a message again that no consumer has acknowledged, or moves it to the dead letter queue. */
  function redeliver(it: QueuedMessage, retryMs: number): QueuedMessage[] {
    const { batch: _, retries, deadLetters } = settingsOf(it.queue);
    if (it.deliveries < retries) {
      return [{ ...it, deliveries: it.deliveries + 1, dueAt: Date.now() + retryMs }];
    }
    if (deadLetters === null)
      throw new Error(`${it.queue} has no dead letter queue for ${JSON.stringify(it.body)}`);
    return [{ queue: deadLetters, body: it.body, deliveries: 0, dueAt: 0 }];
  }

  async function round(
    queue: string,
    due: readonly QueuedMessage[],
    bindings: Env,
    nextCrash: () => Crash,
  ) {
    const settled = new Map<QueuedMessage, { acknowledged: boolean; retryMs: number }>();
    const copies = shuffle([...due, ...due], random);
    while (copies.length > 0) {
      const batch = copies.splice(0, settingsOf(queue).batch);
      const outcomes = await deliverBatch(queue, batch, bindings, nextCrash());
      for (const [index, it] of batch.entries()) {
        const { acknowledged = false, retryMs = 0 } = outcomes[index] ?? {};
        const before = settled.get(it)?.acknowledged ?? false;
        settled.set(it, { acknowledged: before || acknowledged, retryMs });
      }
    }
    for (const [it, { acknowledged, retryMs }] of settled) {
      if (!acknowledged) waiting.push(...redeliver(it, retryMs));
    }
  }

  return {
    take(messages: readonly CapturedMessage[]) {
      waiting.push(...messages.map((it) => ({ ...it, deliveries: 0, dueAt: 0 })));
    },

    /** Delivers all due messages twice, from all queues at the same time. */
    async deliver(bindings: Env, nextCrash: () => Crash): Promise<void> {
      const now = Date.now();
      const due = waiting.filter(({ dueAt }) => dueAt <= now);
      waiting = waiting.filter(({ dueAt }) => dueAt > now);
      const byQueue = Map.groupBy(due, ({ queue }) => queue);
      await Promise.all(
        Array.from(byQueue, ([queue, messages]) => round(queue, messages, bindings, nextCrash)),
      );
    },

    waiting: () => waiting.length,
    crashes: () => crashes,
  };
}

/** Loads the regulations in a new process, which would otherwise load them for each message of its first batch. */
async function warm(env: Env): Promise<void> {
  const adapters = adaptersOf(env);
  const question = { photo: null, words: "생수병", spent_usd: 0, reuse: true };
  const regulation_version = await adapters.regulations.version();
  await adapters
    .model("offline")
    .classify({ ...question, regulation_version }, AbortSignal.timeout(60_000));
}
