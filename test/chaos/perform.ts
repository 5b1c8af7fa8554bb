import { runInDurableObject } from "cloudflare:test";
import { jobOf } from "../support/job-builders.ts";
import { call } from "./commands.ts";
import { compare } from "./compare.ts";
import { type Fault, faults } from "./faults.ts";
import { apply } from "./model/apply.ts";
import type { CommandName, Commands, MaybeScan, Outcome } from "./model/scan.ts";
import { observe } from "./observe.ts";
import type { Tracked } from "./tracked.ts";
import type { Settled, World } from "./world.ts";

export const died = "died";
export const held = "held";
const replyOf = (settled: Settled | null) =>
  settled === null ? held : "reply" in settled ? settled.reply : died;

/** Carries out a command on object and model, with a fault in the middle, and compares them. */
export async function perform<Name extends CommandName>(
  world: World,
  name: Name,
  job: Tracked,
  command: Commands[Name],
  fault: Fault | null = null,
): Promise<string> {
  const expected = apply(name, job.scan, job.record, command, world.now);
  const { mail, deadLetters } = world.sent;
  const before = { scan: job.scan, mail: mail.length, deadLetters: deadLetters.length };
  const line = world.note(`scan ${world.jobs.indexOf(job)} ${name} ${JSON.stringify(command)}`);
  const { settled, hasFired } = await callUnder(world, name, job, command, fault);
  const reply = replyOf(settled);
  const faulted = hasFired && fault ? `, ${fault.kind} at await ${fault.at}` : "";
  world.trace[line] += `${faulted}: ${reply}`;
  const isWake = name === "wake";
  if (settled && "error" in settled && !hasFired)
    world.fail(job, [`${name} threw ${String(settled.error)}`]);
  if (settled && "reply" in settled && reply !== expected.reply) {
    world.fail(job, [`${name} answers ${reply} instead of ${expected.reply}`]);
  }
  if (reply === died && isWake) await retryAlarm(job, world.now);
  const isExpired = isWake && job.record !== null && world.now >= job.record.until;
  if (!before.scan && (name === "erase" || isExpired) && (await isDeleted(job, reply))) {
    job.record = null;
  }
  // A call that died has done all or nothing; a wake publishes before it purges.
  const isEither = reply === died || (isWake && hasFired);
  await compare(world, job, name, [expected.scan, ...(isEither ? [before.scan] : [])]);
  if (!hasFired && !world.held) checkSent(world, job, name, expected, before);
  return reply;
}

/** Makes a call with a fault; null while it is held. */
async function callUnder<Name extends CommandName>(
  world: World,
  name: Name,
  job: Tracked,
  command: Commands[Name],
  fault: Fault | null,
) {
  if (fault && !world.held) faults.arm(fault.kind, fault.at);
  const calling = settle(call(name, jobOf(job.jobId), command, job));
  const hasStopped = !world.held && fault?.kind === "held" && (await stops(calling));
  const settled = hasStopped ? null : await calling;
  const hasFired = faults.disarm();
  if (hasStopped) {
    const { generation } = job;
    const expected = apply(name, job.scan, job.record, command, world.now).reply;
    world.held = { job, name, generation, expected, calling };
  }
  return { settled, hasFired };
}

/** Whether the object waits in the middle of a call; its reply may have come all the same. */
async function stops(calling: Promise<Settled>): Promise<boolean> {
  let isOver = false;
  void calling.then(() => (isOver = true));
  await faults.whileHeld(false, () => isOver);
  return faults.isHeld;
}

async function settle(calling: Promise<string>): Promise<Settled> {
  try {
    return { reply: await calling };
  } catch (error) {
    return { error };
  }
}

function checkSent(
  world: World,
  job: Tracked,
  name: string,
  { scan, sends }: Outcome,
  before: { scan: MaybeScan; mail: number; deadLetters: number },
) {
  const messages = world.sent.mail.length - before.mail;
  const wanted = sends === "message" ? 1 : 0;
  if (messages !== wanted)
    world.fail(job, [`${name} sends ${messages} messages instead of ${wanted}`]);
  const hasParked = scan?.status === "parked" && before.scan?.status !== "parked";
  const isDue = sends === "dead-letter" || hasParked;
  if (isDue && world.sent.deadLetters.length === before.deadLetters) {
    world.fail(job, [`${name} sends no dead letter`]);
  }
}

/** Whether what was left of a scan is deleted: after a call that died, maybe. */
const isDeleted = async ({ jobId }: Tracked, reply: string) =>
  reply !== died || (await observe(jobOf(jobId))).keys.length === 0;

/** The platform runs an alarm again that died. */
async function retryAlarm({ jobId }: Tracked, now: number) {
  const { state, alarm, keys } = await observe(jobOf(jobId));
  if (alarm !== null || (!state && keys.length === 0)) return;
  await runInDurableObject(jobOf(jobId), (_, { storage }) => storage.setAlarm(now + 2_000));
}

/** Lets the held call go on, and compares what it has come to. */
export async function release(world: World) {
  if (!world.held) return;
  const { job, name, generation, expected, calling } = world.held;
  world.note(`the held ${name} goes on`);
  world.held = null;
  await faults.release();
  const settled = await calling;
  if ("error" in settled) world.fail(job, [`the held ${name} threw ${String(settled.error)}`]);
  // A scan that is gone meanwhile is not found; one that was submitted anew is another.
  const isSame = job.scan && generation === job.generation;
  // What was parked is read when the call goes on: by then the scan may run again.
  const isLate = name === "park" && job.scan?.status !== "parked" && settled.reply === "moved-on";
  if (isSame && !isLate && settled.reply !== expected) {
    world.fail(job, [`the held ${name} answers ${settled.reply} instead of ${expected}`]);
  }
  const isPurge = name === "wake" && generation === job.generation;
  const purged = isPurge ? [apply("wake", job.scan, null, { by: "cron" }, world.now).scan] : [];
  const onlyPurge = purged.filter((it) => it === null);
  await compare(world, job, name, [job.scan, ...onlyPurge]);
}
