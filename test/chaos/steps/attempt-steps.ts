import { leaseOf } from "../../../src/pipeline/lease.ts";
import { hopFrom, type StageName } from "../../../src/pipeline/stages/stage-table.ts";
import { wholeText } from "../commands.ts";
import type { Reward } from "../model/scan.ts";
import { died, perform } from "../perform.ts";
import type { Tracked } from "../tracked.ts";
import type { Mail, World } from "../world.ts";
import { arriving, pick, remove, type Step, type Steps } from "./step.ts";

/**
 * A lease for a delivery: of a later one, of a repetition of the same, or of the same whose reply was lost. A
 * consumer repeats a claim before it does anything else, so an attempt that is over is not claimed again.
 */
function leaseFor({ observed, attempts }: Tracked, mail: Mail, z: number): string {
  const { lastLease } = mail;
  const isHeld = observed.state?.lease?.id === lastLease;
  const isOver = !isHeld && attempts.some(({ lease }) => lease === lastLease);
  if (z < 0.1 && lastLease && !isOver) return lastLease;
  if (z > 0.2 || mail.deliveries === 0) mail.deliveries++;
  return (mail.lastLease = leaseOf(mail.id, mail.deliveries));
}

const hopOf = (stage: StageName, whole: boolean) => (whole ? hopFrom(stage) : [stage]);

/** Delivers a message to a consumer that claims its stage, and maybe dies before it acknowledges. */
async function claim(
  world: World,
  job: Tracked,
  mail: Mail,
  { z, fault }: Pick<Step, "z" | "fault">,
) {
  const lease = leaseFor(job, mail, z);
  const reply = await perform(world, "claim", job, { stage: mail.stage, lease }, fault);
  if (reply.startsWith("run")) job.attempts.push({ stage: mail.stage, lease });
  const isAcknowledged = reply !== "wait" && reply !== died && z < 0.8;
  if (isAcknowledged) remove(world.mail, mail);
  return { reply, lease };
}

const attemptOf = ({ attempts }: Tracked, x: number) =>
  x < 0.7 ? attempts.at(-1) : pick(attempts, (x - 0.7) / 0.3);

/** Whether an answer has earned a character, and whether the catalog is reached. A scan that asks awaits none. */
export function rewardAt({ scan }: Tracked, x: number): Reward {
  if (x < 0.35) return "announced";
  const asks = scan?.asks && scan.choice === null;
  return x < 0.7 && !asks ? "pending" : "none";
}
const waits = [0, 1_000, 3_000, 5_000];

/** What consumers of the stages do. */
export const attemptSteps = {
  async claim(world, job, step) {
    const mail = arriving(job, world.mail, world.sent.mail, step.x);
    if (mail) await claim(world, job, mail, step);
  },
  async proceed(world, job, { x, y, fault }) {
    const mail = world.mail.find(({ jobId }) => jobId === job.jobId);
    if (!mail) return;
    const { reply, lease } = await claim(world, job, mail, { z: 0.5, fault: null });
    if (!reply.startsWith("run")) return;
    const stages = hopOf(mail.stage, y < 0.8);
    await perform(
      world,
      "complete",
      job,
      { lease, stages, asks: x < 0.5, reward: rewardAt(job, y) },
      fault,
    );
  },
  async complete(world, job, { x, y, z, fault }) {
    const attempt = attemptOf(job, x);
    if (!attempt) return;
    const { stage, lease } = attempt;
    const stages = hopOf(stage, y < 0.7);
    await perform(
      world,
      "complete",
      job,
      { lease, stages, asks: z < 0.5, reward: rewardAt(job, z) },
      fault,
    );
  },
  async retry(world, job, { x, y, z, fault }) {
    const attempt = attemptOf(job, x);
    const waitMs = pick(waits, z) ?? 0;
    if (attempt) await perform(world, "retry", job, { ...attempt, counts: y < 0.7, waitMs }, fault);
  },
  async fail(world, job, { x, fault }) {
    const attempt = attemptOf(job, x);
    if (attempt) await perform(world, "fail", job, attempt, fault);
  },
  async renew(world, job, { x, y }) {
    const attempt = attemptOf(job, x);
    // As often as not, the attempt has generated no text.
    const length = Math.max(0, Math.ceil((2 * y - 1) * wholeText.length));
    if (attempt) await perform(world, "renew", job, { ...attempt, length });
  },
  async publishText(world, job, { x, y }) {
    const attempt = attemptOf(job, x);
    const length = Math.ceil(y * wholeText.length);
    if (attempt) await perform(world, "publishText", job, { ...attempt, length });
  },
} satisfies Steps;
