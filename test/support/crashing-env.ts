/** Thrown by the call at which the process crashes, and by all later calls. */
export class ProcessCrashed extends Error {}

/**
 * Bindings of a process that crashes at its `crashAt`-th call of D1, R2, a job or an account: before the call reaches the
 * other side, or after it, so that only the reply is lost. A crashed process makes no calls.
 */
export function crashingEnv(env: Env, crashAt: number, when: "before" | "after") {
  let made = 0;

  async function count(call: () => unknown): Promise<unknown> {
    made++;
    if (made > crashAt) throw new ProcessCrashed("The process has crashed");
    if (made === crashAt && when === "before")
      throw new ProcessCrashed("The process crashed before the call");
    const reply = await call();
    if (made >= crashAt) throw new ProcessCrashed("The process crashed before the reply");
    return reply;
  }

  /** An object whose methods count as calls, except those that only prepare one. */
  function crashing<Target extends object>(
    target: Target,
    prepares: Record<string, (...args: never[]) => unknown> = {},
  ): Target {
    return new Proxy(target, {
      get(_, key): unknown {
        const prepare = typeof key === "string" ? prepares[key] : undefined;
        if (prepare) return prepare;
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => count(() => Reflect.apply(value, target, args));
      },
    });
  }

  const real = new WeakMap<object, D1PreparedStatement>();
  function statement(target: D1PreparedStatement): D1PreparedStatement {
    const proxied = crashing(target, {
      bind: (...values: unknown[]) => statement(target.bind(...values)),
    });
    real.set(proxied, target);
    return proxied;
  }

  const crashingObjects = <Namespace extends { getByName(name: string): object }>(
    namespace: Namespace,
  ): Namespace =>
    new Proxy(namespace, {
      get: (target, key): unknown =>
        key === "getByName"
          ? (name: string) => crashing(target.getByName(name))
          : Reflect.get(target, key),
    });

  return {
    ...env,
    DB: crashing(env.DB, {
      prepare: (query: string) => statement(env.DB.prepare(query)),
      batch: (statements: D1PreparedStatement[]) =>
        count(() => env.DB.batch(statements.map((it) => real.get(it) ?? it))),
    }),
    EVENT_ARCHIVE: crashing(env.EVENT_ARCHIVE),
    SCAN_JOB: crashingObjects(env.SCAN_JOB),
    USER_ACCOUNT: crashingObjects(env.USER_ACCOUNT),
  };
}
