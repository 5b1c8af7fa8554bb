/** Says that the process has died: nothing after this call happens in it. */
export class ProcessCrashed extends Error {}

/**
 * The test's bindings in a process that dies at its `dies`-th call of D1, R2, a job or a queue: before the
 * call reaches the other side, or after, so that only the reply is lost. A dead process makes no calls.
 */
export function crashingEnv(env: Env, dies: number, when: "before" | "after") {
  let made = 0;

  async function carry(call: () => unknown): Promise<unknown> {
    made++;
    if (made > dies) throw new ProcessCrashed("The process is dead");
    if (made === dies && when === "before")
      throw new ProcessCrashed("The process died before the call");
    const reply = await call();
    if (made >= dies) throw new ProcessCrashed("The process died before it heard the reply");
    return reply;
  }

  /** An object whose methods are calls, but for those that only prepare one. */
  function dying<Target extends object>(
    target: Target,
    prepares: Record<string, (...args: never[]) => unknown> = {},
  ): Target {
    return new Proxy(target, {
      get(_, key): unknown {
        const instead = typeof key === "string" ? prepares[key] : undefined;
        if (instead) return instead;
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => carry(() => Reflect.apply(value, target, args));
      },
    });
  }

  const real = new WeakMap<object, D1PreparedStatement>();
  function statement(target: D1PreparedStatement): D1PreparedStatement {
    const proxied = dying(target, {
      bind: (...values: unknown[]) => statement(target.bind(...values)),
    });
    real.set(proxied, target);
    return proxied;
  }

  return {
    ...env,
    DB: dying(env.DB, {
      prepare: (query: string) => statement(env.DB.prepare(query)),
      batch: (statements: D1PreparedStatement[]) =>
        carry(() => env.DB.batch(statements.map((it) => real.get(it) ?? it))),
    }),
    EVENT_ARCHIVE: dying(env.EVENT_ARCHIVE),
    SCAN_JOB: new Proxy(env.SCAN_JOB, {
      get: (target, key): unknown =>
        key === "getByName"
          ? (name: string) => dying(target.getByName(name))
          : Reflect.get(target, key),
    }),
  };
}
