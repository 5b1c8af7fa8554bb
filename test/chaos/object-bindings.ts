import { faultyCall, faults } from "./faults.ts";
import { type Call, faultyQueue, isQueue } from "./faulty-queue.ts";

/** How an object makes calls: it dies when its runtime aborts it. */
function callsOf(ctx: DurableObjectState): Call {
  const caller = {
    sync: () => ctx.storage.sync(),
    die() {
      ctx.abort("The object died");
      return new Promise<never>(() => {});
    },
  };
  return (make) => faultyCall(caller, make);
}

/** What an object does with a statement. */
interface Statement {
  bind(...values: unknown[]): Statement;
  run(): Promise<D1Result>;
}
const faultyStatement = (call: Call, statement: D1PreparedStatement): Statement => ({
  bind: (...values) => faultyStatement(call, statement.bind(...values)),
  run: () => call(() => statement.run()),
});

type Account = ReturnType<Env["USER_ACCOUNT"]["getByName"]>;

/** What a scan's object calls of its user's account. */
const faultyAccount = (call: Call, account: Account) => ({
  recordEnd(...args: Parameters<Account["recordEnd"]>) {
    const arrive = faults.send("USER_ACCOUNT", args);
    return call(async () => {
      const grant = await account.recordEnd(...args);
      arrive();
      return grant;
    });
  },
  awaitReward: (jobId: string, endedAt: number) => call(() => account.awaitReward(jobId, endedAt)),
  endParked: (jobId: string, endedAt: number) => call(() => account.endParked(jobId, endedAt)),
  recordContinued: (jobId: string) => call(() => account.recordContinued(jobId)),
});

/** Bindings some of which are replaced, by their names. */
const replaced = (env: Env, replace: (name: string, binding: object) => object): Env =>
  new Proxy(env, {
    get(target, name): unknown {
      const binding: unknown = Reflect.get(target, name);
      const isReplaced =
        typeof binding === "object" && binding !== null && typeof name === "string";
      return isReplaced ? replace(name, binding) : binding;
    },
  });

/** The bindings of a scan's object whose calls may fail, and whose awaits it may not survive. */
export function faultyBindings(ctx: DurableObjectState, env: Env): Env {
  const call = callsOf(ctx);
  // Deleting all is an await, too, which an object may not survive.
  const deleteAll = ctx.storage.deleteAll.bind(ctx.storage);
  ctx.storage.deleteAll = (options) =>
    faults.armed?.kind.startsWith("dies") ? call(() => deleteAll(options)) : deleteAll(options);
  return replaced(env, (name, binding) => {
    if (isQueue(binding)) return faultyQueue(call, name);
    if (name === "DB") {
      return { prepare: (query: string) => faultyStatement(call, env.DB.prepare(query)) };
    }
    if (name !== "USER_ACCOUNT") return binding;
    return { getByName: (user: string) => faultyAccount(call, env.USER_ACCOUNT.getByName(user)) };
  });
}

/** The bindings of a user's account, whose messages may be lost. */
export const faultyQueues = (ctx: DurableObjectState, env: Env): Env =>
  replaced(env, (name, binding) => (isQueue(binding) ? faultyQueue(callsOf(ctx), name) : binding));
