import { env } from "cloudflare:workers";
import { faultyCall } from "./faults.ts";
import { faultyDatabase } from "./faulty-database.ts";
import { type Call, faultyQueue } from "./faulty-queue.ts";

export class ProcessDied extends Error {}

/** A process of the Worker, such as a consumer or the cron: each of its calls may fail, or be its last one. */
export function faultyProcess(isCatalogDown: boolean) {
  let isDead = false;
  const process = {
    sync: async () => {},
    async die() {
      isDead = true;
      throw new ProcessDied("The process died");
    },
  };
  const call: Call = async (make) => {
    if (isDead) throw new ProcessDied("A dead process makes no call");
    return faultyCall(process, make);
  };

  /** An object each method of which is a call. */
  const calling = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_, key): unknown {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          call(async () => {
            const reply: unknown = await Reflect.apply(value, target, args);
            return reply;
          });
      },
    });
  const objects = <Namespace extends { getByName(name: string): object }>(namespace: Namespace) =>
    new Proxy(namespace, {
      get: (target, key): unknown =>
        key === "getByName"
          ? (name: string) => calling(target.getByName(name))
          : Reflect.get(target, key),
    });
  const queue = <Binding extends object>(binding: Binding, name: string): Binding =>
    new Proxy(binding, {
      get: (target, key): unknown =>
        key === "send" ? faultyQueue(call, name).send : Reflect.get(target, key),
    });

  const bindings: Env = {
    ...env,
    DB: faultyDatabase(env.DB, call, isCatalogDown),
    SCAN_JOB: objects(env.SCAN_JOB),
    USER_ACCOUNT: objects(env.USER_ACCOUNT),
    CHARACTER_MATCH: queue(env.CHARACTER_MATCH, "CHARACTER_MATCH"),
    CHARACTER_OWNERSHIP: queue(env.CHARACTER_OWNERSHIP, "CHARACTER_OWNERSHIP"),
    USER_CHARACTERS: queue(env.USER_CHARACTERS, "USER_CHARACTERS"),
  };
  return {
    bindings,
    /** Whether it has died: what it did afterwards, as acknowledging a message, has not happened. */
    isDead: () => isDead,
  };
}
