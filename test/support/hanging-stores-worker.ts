/**
 * The Worker with stores that hang for scans with a certain trace: with KV hanging a scan hangs in its
 * rule stage, with D1 hanging in its reward stage.
 */
import worker from "../../src/index.ts";
import { StageMessage } from "../../src/pipeline/messages.ts";

export * from "../../src/index.ts";

const never = () => new Promise<never>(() => {});

/** The bindings that hang, by the parent id of a W3C trace context. */
const hangingEnvs: Record<string, (env: Env) => Env> = {
  aaaaaaaaaaaaaaaa: (env) => ({
    ...env,
    REGULATIONS: except(env.REGULATIONS, {
      // The vision stage reads the pointer, one key. The rule stage reads the documents, several keys.
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

/** Handles each message alone, so that a hanging one does not delay the others. */
async function queue(batch: MessageBatch, env: Env): Promise<void> {
  await Promise.all(
    batch.messages.map((message) => {
      const parent = StageMessage.parse(message.body).traceparent.split("-")[2] ?? "";
      const { queue: name, metadata } = batch;
      const one = { queue: name, metadata, messages: [message], ackAll() {}, retryAll() {} };
      return worker.queue(one, hangingEnvs[parent]?.(env) ?? env);
    }),
  );
}

export default { fetch: worker.fetch, queue } satisfies ExportedHandler<Env>;
