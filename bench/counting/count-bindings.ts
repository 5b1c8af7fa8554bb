import { z } from "zod";
import { count, around, Host, onCall } from "./tally.ts";
import { watchDatabase } from "./count-database.ts";

/** Bytes of a message that are one unit, and what Cloudflare adds to each. */
const unitBytes = 64_000;
const metadataBytes = 100;

/** How many units of Queues a message is. */
export const unitsOf = (body: unknown): number =>
  Math.ceil((new TextEncoder().encode(JSON.stringify(body)).length + metadataBytes) / unitBytes);

/** A queue by its name or its binding's, and all shards of a stage as one. */
export const queueOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/-(?:\d+|bulk)$/, "");

const watched = new WeakSet<object>();

/** Counts what is asked of an environment's bindings, once an isolate. */
export function watchBindings(env: Env): void {
  if (watched.has(env)) return;
  watched.add(env);
  const bindings: Record<string, Env[keyof Env]> = { ...env };
  for (const [name, binding] of Object.entries(bindings)) {
    if (binding && typeof binding !== "string") watch(name, binding);
  }
}

type Binding = NonNullable<Exclude<Env[keyof Env], string>>;

function watch(name: string, binding: Binding) {
  if ("sendBatch" in binding) watchQueue(queueOf(name), binding);
  else if ("getByName" in binding) watchObjects(name, binding);
  else if ("prepare" in binding) watchDatabase(binding);
  else if ("getWithMetadata" in binding) watchKV(name, binding);
  else if ("createMultipartUpload" in binding) watchBucket(name, binding);
  else if ("writeDataPoint" in binding)
    onCall(binding, "writeDataPoint", () => count("points", name));
}

const Messages = z.array(z.object({ body: z.unknown() }));

function watchQueue(name: string, queue: Queue) {
  onCall(queue, "send", ([body]) => count("queueWrites", name, unitsOf(body)));
  around(queue, "sendBatch", (call, [messages]) => {
    for (const { body } of Messages.parse(messages)) count("queueWrites", name, unitsOf(body));
    return call();
  });
}

function watchKV(name: string, store: KVNamespace) {
  for (const method of ["get", "getWithMetadata"] as const) {
    onCall(store, method, ([keys]) =>
      count("kvReads", name, Array.isArray(keys) ? keys.length : 1),
    );
  }
  for (const method of ["put", "delete", "list"] as const) {
    onCall(store, method, () => count("kvWrites", name));
  }
}

function watchBucket(name: string, bucket: R2Bucket) {
  for (const method of ["put", "list", "createMultipartUpload"] as const) {
    onCall(bucket, method, () => count("r2Writes", name));
  }
  for (const method of ["get", "head"] as const) {
    onCall(bucket, method, () => count("r2Reads", name));
  }
}

/** A class by its binding: SCAN_JOB is of ScanJob. */
const classOf = (binding: string) =>
  binding.toLowerCase().replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

function watchObjects(name: string, namespace: DurableObjectNamespace) {
  for (const method of ["get", "getByName"]) {
    around(namespace, method, (call) => watchStub(classOf(name), call()));
  }
}

/** Counts the calls of one object, each by its method. */
const watchStub = (of: string, stub: unknown) =>
  new Proxy(Host.parse(stub), {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...args: unknown[]): unknown => {
        count("objectCalls", `${of}.${name}`);
        return Reflect.apply(member, target, args);
      };
    },
  });
