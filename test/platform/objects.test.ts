import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { callAccount, callJob, startErasure, startRedrive } from "../../src/objects.ts";
import { failingObjects, overloaded } from "../support/failing-objects.ts";

const reset = Object.assign(new Error("Network connection lost."), { retryable: true });

/** Bindings whose first object fails; counts the stubs that were made. */
function failingFirst(error: Error) {
  const made = { stubs: 0 };
  const first = <Namespace extends { getByName(name: string): object }>(namespace: Namespace) =>
    new Proxy(namespace, {
      get: (target, key): unknown =>
        key === "getByName"
          ? (name: string) =>
              (made.stubs++ === 0 ? failingObjects(target, error) : target).getByName(name)
          : Reflect.get(target, key),
    });
  const bindings = {
    SCAN_JOB: first(env.SCAN_JOB),
    USER_ACCOUNT: first(env.USER_ACCOUNT),
    ERASURE: first(env.ERASURE),
    REDRIVE: first(env.REDRIVE),
  };
  return { made, bindings: { ...env, ...bindings } };
}

const calls: [string, (bindings: Env, id: string) => Promise<unknown>][] = [
  ["a call of a job", (bindings, id) => callJob(bindings, id, (job) => job.inspect())],
  ["a call of an account", (bindings, id) => callAccount(bindings, id, (it) => it.isEmpty())],
  ["the start of an erasure", startErasure],
  ["the start of a redrive", startRedrive],
];

describe.each(calls)("%s", (_, call) => {
  it("is made once more, with a fresh stub, when the object was reset", async () => {
    const { made, bindings } = failingFirst(reset);
    await call(bindings, crypto.randomUUID());
    expect(made.stubs).toBe(2);
  });

  it("is made once when the object is overloaded", async () => {
    const { made, bindings } = failingFirst(overloaded);
    await expect(call(bindings, crypto.randomUUID())).rejects.toBe(overloaded);
    expect(made.stubs).toBe(1);
  });
});
