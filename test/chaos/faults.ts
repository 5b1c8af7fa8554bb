/** What goes wrong at an await of an object, or of another process. */
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

export interface Fault {
  kind: FaultKind;
  /** At which await from now on, from 1. */
  at: number;
}

/** The faults of the objects and processes here, one at a time, and the queues that their messages go to. */
export const faults = {
  armed: null as Fault | null,
  /** Whether the armed fault has happened. */
  hasFired: false,
  /** A message is sent: returns what happens when it has arrived. Sends no message itself. */
  send: (_queue: string, _body: unknown): (() => void) => nothing,
  /** Whether a call is held. It polls, since a promise of one object must not be resolved by another. */
  isHeld: false,
  /** Whether a call is held, or goes on and has not ended. */
  isGoingOn: false,

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
  /** Lets the held call go on, and waits until it has. */
  async release(): Promise<void> {
    faults.isHeld = false;
    while (faults.isGoingOn) await scheduler.wait(1);
  },
  /** Waits as long as a call is, or is not, held. */
  async whileHeld(isHeld: boolean, isOver = () => false): Promise<void> {
    while (faults.isHeld === isHeld && !isOver()) await scheduler.wait(1);
  },
};

const nothing = () => {};

function nextFault(): FaultKind | null {
  const { armed } = faults;
  if (!armed || --armed.at > 0) return null;
  faults.armed = null;
  faults.hasFired = true;
  return armed.kind;
}

/** Who makes a call: an object, or a process such as a consumer. */
export interface Caller {
  /** Its writes so far become durable. */
  sync(): Promise<void>;
  /** It dies: nothing that it was about to do happens. */
  die(): Promise<never>;
}

/** Makes a call to somebody else, with the fault that is armed for it. */
export async function faultyCall<Reply>(
  caller: Caller,
  make: () => Promise<Reply>,
): Promise<Reply> {
  switch (nextFault()) {
    case null:
      return make();
    case "fails":
      throw new Error("The other side is unreachable");
    case "reply-lost":
      await make();
      throw new Error("The reply was lost");
    case "dies-uncommitted":
      return caller.die();
    case "dies-before":
      await caller.sync();
      return caller.die();
    case "dies-after":
      await make();
      await caller.sync();
      return caller.die();
    case "held":
      return callLater(make);
  }
}

async function callLater<Reply>(make: () => Promise<Reply>): Promise<Reply> {
  faults.isHeld = true;
  faults.isGoingOn = true;
  await faults.whileHeld(true);
  try {
    return await make();
  } finally {
    faults.isGoingOn = false;
  }
}
