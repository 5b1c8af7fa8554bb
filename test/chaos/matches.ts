import { buildMessage, deliver } from "../support/queue-messages.ts";
import { accountRewards, codeOf, isGivenUp, pendingOf } from "./account-rewards.ts";
import { type Fault, faults } from "./faults.ts";
import { hour } from "./model/scan.ts";
import { faultyProcess } from "./process-bindings.ts";
import { remove } from "./steps/step.ts";
import type { MatchMail, World } from "./world.ts";

/** How often the queue delivers a message. */
const deliveries = 6;

interface Delivery {
  /** Whether the catalog cannot be reached. */
  isDown: boolean;
  /** Whether the queue gives the message up if this delivery fails. */
  isLast: boolean;
  /** Whether it comes twice in the same batch. */
  isTwice: boolean;
  fault: Fault | null;
}

/** A message of a queue reaches its consumer, which may die. Returns whether it is acknowledged, and had no fault. */
async function deliverTo(
  queue: string,
  bodies: readonly unknown[],
  { isDown, fault }: Pick<Delivery, "isDown" | "fault">,
) {
  const process = faultyProcess(isDown);
  const messages = bodies.map((body) => buildMessage(body));
  if (fault && fault.kind !== "held") faults.arm(fault.kind, fault.at);
  await deliver(queue, messages, process.bindings).catch(() => {});
  const hasFired = faults.disarm();
  const isAcknowledged = messages.every(({ ack }) => ack.mock.calls.length > 0);
  return { hasFired, isAcknowledged: isAcknowledged && !process.isDead() };
}

/** Delivers the message of a pending reward. */
export async function deliverMatch(
  world: World,
  mail: MatchMail,
  { isDown, isLast, isTwice, fault }: Delivery,
) {
  if (world.held) return;
  const bodies = isTwice ? [mail.body, mail.body] : [mail.body];
  const { hasFired, isAcknowledged } = await deliverTo("character-match", bodies, {
    isDown,
    fault,
  });
  const job = world.jobs.find(({ jobId }) => jobId === mail.jobId) ?? null;
  const how = `${isDown ? ", catalog down" : ""}${hasFired ? `, ${fault?.kind} at await ${fault?.at}` : ""}`;
  world.note(`match${how}: ${isAcknowledged ? "acknowledged" : "not acknowledged"}`);
  if (isAcknowledged) {
    remove(world.matches, mail);
    if (isDown) world.fail(job, ["a match was acknowledged while the catalog was down"]);
    await checkGranted(world, mail);
    return;
  }
  if (!isDown && !hasFired) world.fail(job, ["a match was not acknowledged"]);
  if (++mail.deliveries < deliveries && !isLast) return;
  remove(world.matches, mail);
  world.deadMatches.push(mail);
}

/** A pending reward that was matched belongs to its user. */
async function checkGranted(world: World, { body: { jobId, endedAt } }: MatchMail) {
  const job = world.jobs.find((it) => it.jobId === jobId);
  if (!job || world.isErased || pendingOf(job) !== endedAt || (await isGivenUp(world, job))) return;
  const { owners } = await accountRewards(world);
  if (!owners.has(codeOf(job))) world.fail(job, ["its reward was matched, and not granted"]);
}

/** The queue has given a match up: its dead letter is recorded. */
export async function recordDeadMatch(world: World, dead: MatchMail, fault: Fault | null) {
  if (world.held) return;
  const queue = "dlq-character-match";
  const { hasFired, isAcknowledged } = await deliverTo(queue, [dead.body], {
    isDown: false,
    fault,
  });
  world.note(`dead letter of a match: ${isAcknowledged ? "acknowledged" : "not acknowledged"}`);
  world.hasDeadMatch = true;
  if (isAcknowledged) remove(world.deadMatches, dead);
  else if (!hasFired) world.fail(null, ["the dead letter of a match was not recorded"]);
}

/** The user looks at the characters: a match whose message was lost is sent again. */
export async function look(world: World, fault: Fault | null) {
  if (world.held) return;
  if (fault && fault.kind !== "held") faults.arm(fault.kind, fault.at);
  let hasFailed = false;
  await world
    .account()
    .characters(world.userId)
    .catch(() => (hasFailed = true));
  const hasFired = faults.disarm();
  world.note(`look${hasFired ? `, ${fault?.kind} at await ${fault?.at}` : ""}`);
  if (hasFailed && !hasFired) world.fail(null, ["the user's characters cannot be read"]);
  if (hasFired) world.failedLookAt = world.now;
  const since = world.now - hour;
  if (world.failedLookAt > since) return;
  const { pending } = await accountRewards(world);
  for (const { jobId, endedAt } of pending.filter((it) => it.endedAt <= since - hour)) {
    const isSent = world.sent.matches.some(
      ({ body, sentAt }) => body.jobId === jobId && body.endedAt === endedAt && sentAt > since,
    );
    if (!isSent) world.fail(null, ["a lost match was not sent again when its user looked"]);
  }
}
