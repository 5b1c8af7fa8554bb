import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { DeadLetter } from "../../src/pipeline/dead-letter.ts";
import { MatchMessage, StageMessage } from "../../src/pipeline/messages.ts";
import { effectSink } from "./effect-sink.ts";
import { faults } from "./faults.ts";
import { effectsOfLog } from "./invariants.ts";
import type { CommandName } from "./model/scan.ts";
import { subscriptions } from "./subscriptions.ts";
import { type Tracked, trackedScan } from "./tracked.ts";

/** A message of a stage in the world's queues. */
export interface Mail extends StageMessage {
  id: string;
  deliveries: number;
  lastLease: string | null;
}

/** A message of `character-match`, or of its dead-letter queue. */
export interface MatchMail {
  id: string;
  jobId: string;
  body: MatchMessage;
  sentAt: number;
  deliveries: number;
}

/** The reply of a call; null while it waits. */
export type Settled = { reply: string } | { error: unknown };

/** A call whose object waits in the middle of it. */
interface Held {
  job: Tracked;
  name: CommandName;
  generation: number;
  expected: string;
  calling: Promise<Settled>;
}

export class Broken extends Error {}

/** Where every schedule starts: far ahead, so that no alarm goes off by itself. */
const startsAt = Date.UTC(2030, 0, 1);

export type World = ReturnType<typeof createWorld>;

/** The scans of one user, the queues and subscribers around them, and a clock. */
export function createWorld(jobCount: number, keyed: boolean) {
  const userId = crypto.randomUUID();
  const jobs = Array.from({ length: jobCount }, () => trackedScan(userId));
  const sink = effectSink(jobs);
  let now = startsAt;
  vi.setSystemTime(now);

  const world = {
    userId,
    keyed,
    jobs,
    /** The user's account, by a new stub: one of an object that died is broken. */
    account: () => env.USER_ACCOUNT.getByName(userId),
    /** What waits in the queues, and what was ever sent to them. */
    mail: [] as Mail[],
    deadLetters: [] as StageMessage[],
    matches: [] as MatchMail[],
    sent: { mail: [] as Mail[], deadLetters: [] as StageMessage[], matches: [] as MatchMail[] },
    /** Matches that their queue has given up, and whether the dead letter of any was recorded. */
    deadMatches: [] as MatchMail[],
    hasDeadMatch: false,
    /** Dead letters that a consumer has read from their scans, and is about to record. */
    unrecorded: [] as DeadLetter[],
    sink,
    watching: subscriptions(),
    /** What was done, a line a command. */
    trace: [] as string[],
    held: null as Held | null,
    isErased: false,
    /** When a look of the user failed last. */
    failedLookAt: -Infinity,
    /** Whether the dead letters of many others are due. */
    isCrowded: false,
    get now() {
      return now;
    },
    advance(ms: number) {
      now += ms;
      vi.setSystemTime(now);
    },
    /** Adds a line to the trace. @returns its index. */
    note: (line: string) => world.trace.push(`${now - startsAt} ms: ${line}`) - 1,
    /** The effects of a scan that were not published yet. */
    unpublished: (job: Tracked) =>
      effectsOfLog(job.observed.events).filter((it) => !sink.published(job).has(it)),
    fail(job: Tracked | null, broken: readonly string[]): never {
      const whose = job ? `scan ${jobs.indexOf(job)}: ` : "";
      throw new Broken(`${whose}${broken.join("; ")}`);
    },
  };

  faults.disarm();
  faults.send = (queue, body) => {
    const stage = StageMessage.safeParse(body).data;
    const match = MatchMessage.safeParse(body).data;
    const effect = sink.send(queue, body);
    return () => {
      effect();
      if (stage && queue.startsWith("DLQ")) {
        world.deadLetters.push(stage);
        world.sent.deadLetters.push(stage);
      } else if (stage) {
        const it = { ...stage, id: crypto.randomUUID(), deliveries: 0, lastLease: null };
        world.mail.push(it);
        world.sent.mail.push(it);
      } else if (match) {
        const { jobId } = match;
        const it = { id: crypto.randomUUID(), jobId, body: match, sentAt: now, deliveries: 0 };
        world.matches.push(it);
        world.sent.matches.push(it);
      }
    };
  };
  return world;
}
