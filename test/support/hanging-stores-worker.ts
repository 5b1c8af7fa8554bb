/**
 * The Worker with stores that never answer to the scans whose trace asks for it: with KV silent a
 * scan hangs in its rule stage, with D1 silent in its reward.
 */
import worker from "../../src/index.ts";
import { StageMessage } from "../../src/pipeline/messages.ts";

export * from "../../src/index.ts";

const never = () => new Promise<never>(() => {});

/** What goes silent, by the parent id of a W3C trace context. */
const silences: Record<string, (env: Env) => Env> = {
  aaaaaaaaaaaaaaaa: (env) => ({
    ...env,
    REGULATIONS: except(env.REGULATIONS, {
      // The pointer is read before the photo is looked at; the documents, for the rule.
      get: (key: string | string[], ...how: []) =>
        typeof key === "string" ? env.REGULATIONS.get(key, ...how) : never(),
    }),
  }),
  bbbbbbbbbbbbbbbb: (env) => ({
    ...env,
    DB: except(env.DB, { prepare: () => ({ all: never }) }),
  }),
};

const except = <Binding extends object>(binding: Binding, instead: object): Binding =>
  new Proxy(binding, {
    get: (target, key): unknown => Reflect.get(key in instead ? instead : target, key),
  });

/** Each message by itself, so that one that hangs has the stores to itself. */
async function queue(batch: MessageBatch, env: Env): Promise<void> {
  await Promise.all(
    batch.messages.map((message) => {
      const parent = StageMessage.parse(message.body).traceparent.split("-")[2] ?? "";
      const { queue: name, metadata } = batch;
      const one = { queue: name, metadata, messages: [message], ackAll() {}, retryAll() {} };
      return worker.queue(one, silences[parent]?.(env) ?? env);
    }),
  );
}

export default { fetch: worker.fetch, queue } satisfies ExportedHandler<Env>;
