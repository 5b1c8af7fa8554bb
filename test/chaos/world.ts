import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { StageMessage } from "../../src/pipeline/messages.ts";
import { leaseMs } from "../../src/pipeline/lease.ts";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { jobOf } from "../support/job-builders.ts";
import { call, type Owned } from "./commands.ts";
import { type FaultKind, faults } from "./faults.ts";
import { brokenInLog, effectsOfLog } from "./invariants.ts";
import { effectSink } from "./effect-sink.ts";
import {
  alarmDue,
  apply,
  type CommandName,
  type IdempotencyRecord,
  recordOf,
  type Commands,
  type MaybeScan,
  type Outcome,
} from "./model.ts";
import { observe, type Observed, summaryOf, summaryOfObserved } from "./observe.ts";
import { subscriptions } from "./subscriptions.ts";

/** A message of a stage in the world's queues. */
export interface Mail extends StageMessage {
  id: string;
  deliveries: number;
  lastLease: string | null;
}

/** One scan, as the world knows it. */
export interface Tracked extends Owned {
  /** The reference model. */
  scan: MaybeScan;
  /** What the model says is left of it when it was purged. */
  record: IdempotencyRecord | null;
  /** How often it was submitted anew. */
  generation: number;
  observed: Observed;
  /** The log of each generation, and whether the last one was erased. */
  logs: Observed["events"][];
  isErased: boolean;
  /** Attempts that were ever started. */
  attempts: { stage: StageName; lease: string }[];
}

/** A call whose object waits in the middle of it. */
interface Held {
  job: Tracked;
  name: CommandName;
  generation: number;
  expected: string;
  calling: Promise<Settled>;
}
type Settled = { reply: string } | { error: unknown };
export interface Fault {
  kind: FaultKind;
  /** At which await of the call, from 1. */
  at: number;
}

export const died = "died";
const replyOf = (settled: Settled | null) =>
  settled === null ? "held" : "reply" in settled ? settled.reply : died;

export class Broken extends Error {}

/** Where every schedule starts: far ahead, so that no alarm goes off by itself. */
const startsAt = Date.UTC(2030, 0, 1);

export type World = ReturnType<typeof createWorld>;

/** The scans of one user, the queues and subscribers around them, and a clock. */
export function createWorld(jobCount: number, keyed: boolean) {
  const userId = crypto.randomUUID();
  const jobs = Array.from({ length: jobCount }, (): Tracked => {
    const observed: Observed = { state: null, events: [], alarm: null, keys: [] };
    const jobId = crypto.randomUUID();
    return {
      jobId,
      userId,
      scan: null,
      record: null,
      generation: -1,
      observed,
      logs: [],
      isErased: false,
      attempts: [],
    };
  });
  const mail: Mail[] = [];
  const letters: StageMessage[] = [];
  const sent: { mail: Mail[]; letters: StageMessage[] } = { mail: [], letters: [] };
  const sink = effectSink(jobs);
  const watching = subscriptions();
  /** What was done, a line a command. */
  const trace: string[] = [];
  let held: Held | null = null;
  let now = startsAt;
  let isErased = false;
  vi.setSystemTime(now);

  faults.disarm();
  faults.send = (queue, body) => {
    const message = StageMessage.safeParse(body);
    if (!message.success) return sink.send(queue, body);
    const effect = sink.send(queue, body);
    return () => {
      effect();
      if (queue.startsWith("DLQ")) {
        letters.push(message.data);
        sent.letters.push(message.data);
        return;
      }
      const it: Mail = { ...message.data, id: crypto.randomUUID(), deliveries: 0, lastLease: null };
      mail.push(it);
      sent.mail.push(it);
    };
  };

  function advance(ms: number) {
    now += ms;
    vi.setSystemTime(now);
  }

  /** The effects of a scan that were not published yet. */
  const untold = (job: Tracked) =>
    effectsOfLog(job.observed.events).filter((it) => !sink.published(job).has(it));

  function fail(job: Tracked, broken: readonly string[]): never {
    throw new Broken(`scan ${jobs.indexOf(job)}: ${broken.join("; ")}`);
  }

  /** Compares the object with the model, which is in one of these states. */
  async function compare(job: Tracked, name: string, candidates: readonly MaybeScan[]) {
    const before = job.scan;
    const untoldBefore = before ? untold(job) : [];
    const observed = await observe(jobOf(job.jobId));
    const summary = JSON.stringify(summaryOfObserved(observed));
    const match = candidates.find((it) => JSON.stringify(summaryOf(it)) === summary);
    if (match === undefined) {
      const wanted = candidates.map((it) => JSON.stringify(summaryOf(it))).join("\n or ");
      fail(job, [`after ${name} it is\n    ${summary}\n not ${wanted}`]);
    }
    if (!before && match) {
      job.generation++;
      sink.begin(job);
    }
    if (before && !match) {
      job.isErased = name === "erase";
      job.record = job.isErased ? null : recordOf(before, now);
    }
    if (match) job.record = null;
    job.scan = match;
    job.observed = observed;
    if (match) job.logs[job.generation] = observed.events;
    if (before && !match && name === "wake" && untoldBefore.length > 0) {
      fail(job, ["purged, and not published:", ...untoldBefore]);
    }
    const broken = match ? brokenWhileAlive(job, match) : brokenWhenGone(observed, job.record);
    if (broken.length > 0) fail(job, [`after ${name}`, ...broken]);
  }

  function brokenWhileAlive(job: Tracked, scan: NonNullable<MaybeScan>): string[] {
    const { events, alarm, state } = job.observed;
    const due = alarmDue(scan, untold(job).length === 0, now);
    return [
      ...brokenInLog(events),
      ...(alarm === null ? ["it has no alarm"] : []),
      ...(alarm !== null && alarm > due ? [`its alarm is ${alarm - due} ms late`] : []),
      ...(scan.status === "parked" && !state?.error ? ["it is parked without a reason"] : []),
    ];
  }

  function brokenWhenGone({ events, alarm, keys }: Observed, record: IdempotencyRecord | null) {
    const isRight = record
      ? keys.length === 1 && alarm !== null && alarm <= Math.max(record.until, now + leaseMs)
      : keys.length === 0 && alarm === null;
    return [
      ...(events.length > 0 ? ["its log is left"] : []),
      ...(isRight ? [] : [`${keys.join()} and the alarm ${alarm} are left`]),
    ];
  }

  async function settle(calling: Promise<string>): Promise<Settled> {
    try {
      return { reply: await calling };
    } catch (error) {
      return { error };
    }
  }

  /** Carries out a command on object and model, with a fault in the middle, and compares them. */
  async function perform<Name extends CommandName>(
    name: Name,
    job: Tracked,
    command: Commands[Name],
    fault: Fault | null = null,
  ): Promise<string> {
    const expected = apply(name, job.scan, job.record, command, now);
    const before = { scan: job.scan, mail: sent.mail.length, letters: sent.letters.length };
    const line = trace.push(
      `${now - startsAt} ms: scan ${jobs.indexOf(job)} ${name} ${JSON.stringify(command)}`,
    );
    const { settled, hasFired } = await callUnder(name, job, command, fault);
    const reply = replyOf(settled);
    const faulted = hasFired && fault ? `, ${fault.kind} at await ${fault.at}` : "";
    trace[line - 1] += `${faulted}: ${reply}`;
    const isWake = name === "wake";
    if (settled && "error" in settled && !hasFired)
      fail(job, [`${name} threw ${String(settled.error)}`]);
    if (settled && "reply" in settled && reply !== expected.reply) {
      fail(job, [`${name} answers ${reply} instead of ${expected.reply}`]);
    }
    if (reply === died && isWake) await retryAlarm(job);
    const isExpired = isWake && job.record !== null && now >= job.record.until;
    if (!before.scan && (name === "erase" || isExpired) && (await isDeleted(job, reply))) {
      job.record = null;
    }
    // A call that died has done all or nothing; a wake publishes before it purges.
    const isEither = reply === died || (isWake && hasFired);
    await compare(job, name, [expected.scan, ...(isEither ? [before.scan] : [])]);
    if (!hasFired && !held) checkSent(job, name, expected, before);
    return reply;
  }

  /** Makes a call with a fault; null while it is held. */
  async function callUnder<Name extends CommandName>(
    name: Name,
    job: Tracked,
    command: Commands[Name],
    fault: Fault | null,
  ) {
    if (fault && !held) faults.arm(fault.kind, fault.at);
    const made: { settled: Settled | null } = { settled: null };
    const calling = settle(call(name, jobOf(job.jobId), command, job));
    void calling.then((it) => (made.settled = it));
    if (!held && fault?.kind === "held") {
      await faults.whileHeld(false, () => made.settled !== null);
    } else made.settled = await calling;
    const hasFired = faults.disarm();
    if (made.settled === null) {
      const { generation } = job;
      held = {
        job,
        name,
        generation,
        expected: apply(name, job.scan, job.record, command, now).reply,
        calling,
      };
    }
    return { settled: made.settled, hasFired };
  }

  function checkSent(
    job: Tracked,
    name: string,
    { scan, sends }: Outcome,
    before: { scan: MaybeScan; mail: number; letters: number },
  ) {
    const messages = sent.mail.length - before.mail;
    const wanted = sends === "message" ? 1 : 0;
    if (messages !== wanted) fail(job, [`${name} sends ${messages} messages instead of ${wanted}`]);
    const hasParked = scan?.status === "parked" && before.scan?.status !== "parked";
    if ((sends === "dead-letter" || hasParked) && sent.letters.length === before.letters) {
      fail(job, [`${name} sends no dead letter`]);
    }
  }

  /** Whether what was left of a scan is deleted: after a call that died, maybe. */
  const isDeleted = async ({ jobId }: Tracked, reply: string) =>
    reply !== died || (await observe(jobOf(jobId))).keys.length === 0;

  /** The platform runs an alarm again that died. */
  async function retryAlarm({ jobId }: Tracked) {
    const { state, alarm, keys } = await observe(jobOf(jobId));
    if (alarm !== null || (!state && keys.length === 0)) return;
    await runInDurableObject(jobOf(jobId), (_, { storage }) => storage.setAlarm(now + 2_000));
  }

  /** Lets the held call go on, and compares what it has come to. */
  async function release() {
    if (!held) return;
    const { job, name, generation, expected, calling } = held;
    trace.push(`${now - startsAt} ms: the held ${name} goes on`);
    held = null;
    faults.isHeld = false;
    const settled = await calling;
    if ("error" in settled) fail(job, [`the held ${name} threw ${String(settled.error)}`]);
    // A scan that is gone meanwhile is not found; one that was submitted anew is another.
    const isSame = job.scan && generation === job.generation;
    if (isSame && settled.reply !== expected) {
      fail(job, [`the held ${name} answers ${settled.reply} instead of ${expected}`]);
    }
    const isPurge = name === "wake" && generation === job.generation;
    const purged = isPurge ? [apply("wake", job.scan, null, { by: "cron" }, now).scan] : [];
    const onlyPurge = purged.filter((it) => it === null);
    await compare(job, name, [job.scan, ...onlyPurge]);
  }

  return {
    userId,
    keyed,
    jobs,
    mail,
    letters,
    sent,
    sink,
    watching,
    account: env.USER_ACCOUNT.getByName(userId),
    get now() {
      return now;
    },
    get isHeld() {
      return held !== null;
    },
    get isErased() {
      return isErased;
    },
    set isErased(erased: boolean) {
      isErased = erased;
    },
    trace,
    advance,
    perform,
    compare,
    release,
    untold,
    fail,
  };
}
