/** What goes wrong at an await of an object. */
export const faultKinds = [
  /** The call rejects, before it has reached the other side. */
  "fails",
  /** It reaches the other side, and its reply is an error. */
  "reply-lost",
  /** The object dies before the writes of its turn are durable. */
  "dies-uncommitted",
  /** It dies before the call has reached the other side. */
  "dies-before",
  /** It dies after that. */
  "dies-after",
  /** The call waits until it is released. */
  "held",
] as const;
export type FaultKind = (typeof faultKinds)[number];

interface Armed {
  kind: FaultKind;
  /** The fault is at this await from now on, from 1. */
  at: number;
}

/** The faults of the objects in this process, one at a time, and the queues that their messages go to. */
export const faults = {
  armed: null as Armed | null,
  /** Whether the armed fault has happened. */
  hasFired: false,
  /** A message is sent: returns what happens when it has arrived. Sends no message itself. */
  send: (_queue: string, _body: unknown): (() => void) => nothing,
  /** Whether a call is held. It polls, since a promise of one object must not be resolved by another. */
  isHeld: false,

  arm(kind: FaultKind, at: number) {
    faults.armed = { kind, at };
    faults.hasFired = false;
  },
  /** Whether the armed fault has happened; nothing is armed from now on. */
  disarm(): boolean {
    const { hasFired } = faults;
    Object.assign(faults, { armed: null, hasFired: false });
    return hasFired;
  },
  /** Waits as long as a call is, or is not, held. */
  async whileHeld(isHeld: boolean, isOver = () => false): Promise<void> {
    while (faults.isHeld === isHeld && !isOver()) await scheduler.wait(1);
  },
};

const nothing = () => {};
const forever = () => new Promise<never>(nothing);

function nextFault(): FaultKind | null {
  const { armed } = faults;
  if (!armed || --armed.at > 0) return null;
  faults.armed = null;
  faults.hasFired = true;
  return armed.kind;
}

/** Makes a call of an object to somebody else, with the fault that is armed for it. */
async function call<Reply>(ctx: DurableObjectState, make: () => Promise<Reply>): Promise<Reply> {
  switch (nextFault()) {
    case null:
      return make();
    case "fails":
      throw new Error("The other side is unreachable");
    case "reply-lost":
      await make();
      throw new Error("The reply was lost");
    case "dies-uncommitted":
      ctx.abort("The object died");
      return forever();
    case "dies-before":
      await ctx.storage.sync();
      ctx.abort("The object died");
      return forever();
    case "dies-after":
      await make();
      await ctx.storage.sync();
      ctx.abort("The object died");
      return forever();
    case "held":
      faults.isHeld = true;
      await faults.whileHeld(true);
      return make();
  }
}

const isQueue = (binding: object): binding is Queue => "send" in binding && "sendBatch" in binding;
/** The test's queues, which the object's messages go to instead of the platform's. */
function testQueue(ctx: DurableObjectState, name: string): Pick<Queue, "send"> {
  return {
    async send(body) {
      const arrive = faults.send(name, body);
      return call(ctx, async () => {
        arrive();
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      });
    },
  };
}

/** What an object does with a statement. */
interface Statement {
  bind(...values: unknown[]): Statement;
  run(): Promise<D1Result>;
}
const faultyStatement = (ctx: DurableObjectState, statement: D1PreparedStatement): Statement => ({
  bind: (...values) => faultyStatement(ctx, statement.bind(...values)),
  run: () => call(ctx, () => statement.run()),
});

type Account = ReturnType<Env["USER_ACCOUNT"]["getByName"]>;

/** What an object calls of its user's account. */
const faultyAccount = (ctx: DurableObjectState, account: Account) => ({
  recordEnd(...args: Parameters<Account["recordEnd"]>) {
    const arrive = faults.send("USER_ACCOUNT", args);
    return call(ctx, async () => {
      const grant = await account.recordEnd(...args);
      arrive();
      return grant;
    });
  },
  recordContinued: (jobId: string) => call(ctx, () => account.recordContinued(jobId)),
});

/** The bindings of an object whose calls may fail, and whose awaits it may not survive. */
export function faultyBindings(ctx: DurableObjectState, env: Env): Env {
  // Deleting all is an await, too, which an object may not survive.
  const deleteAll = ctx.storage.deleteAll.bind(ctx.storage);
  ctx.storage.deleteAll = (options) =>
    faults.armed?.kind.startsWith("dies")
      ? call(ctx, () => deleteAll(options))
      : deleteAll(options);
  return new Proxy(env, {
    get(target, name): unknown {
      const binding: unknown = Reflect.get(target, name);
      if (typeof binding !== "object" || binding === null || typeof name === "symbol")
        return binding;
      if (isQueue(binding)) return testQueue(ctx, name);
      if (name === "DB") {
        return { prepare: (query: string) => faultyStatement(ctx, env.DB.prepare(query)) };
      }
      if (name !== "USER_ACCOUNT") return binding;
      return { getByName: (user: string) => faultyAccount(ctx, env.USER_ACCOUNT.getByName(user)) };
    },
  });
}
