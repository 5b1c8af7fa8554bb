import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { leaseMs, leaseOf } from "../../src/pipeline/lease.ts";
import { hopFrom, type StageName, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { jobOf } from "../support/job-builders.ts";
import { wholeText } from "./commands.ts";
import { apply, hour, week } from "./model.ts";
import { observe } from "./observe.ts";
import { died, type Fault, type Mail, type Tracked, type World } from "./world.ts";

/** One step of a schedule. Its numbers, from 0 to below 1, choose among what there is when it is carried out. */
export interface Step {
  kind: StepKind;
  job: number;
  x: number;
  y: number;
  z: number;
  /** What goes wrong in the middle of it, and at which await. */
  fault: Fault | null;
}
export type StepKind = keyof typeof steps;

export const pick = <Item>(items: readonly Item[], x: number): Item | undefined =>
  items[Math.floor(x * items.length)];

const noLimits = { perDay: null, atOnce: null };

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

function remove<Item>(items: Item[], item: Item) {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}

/** A message, mostly one that waits, and else any that was ever sent. */
const arriving = <Item extends { jobId: string }>(
  { jobId }: Tracked,
  waiting: readonly Item[],
  all: readonly Item[],
  x: number,
) => {
  const own = (it: Item) => it.jobId === jobId;
  return x < 0.85 ? pick(waiting.filter(own), x / 0.85) : pick(all.filter(own), (x - 0.85) / 0.15);
};

const hopOf = (stage: StageName, whole: boolean) => (whole ? hopFrom(stage) : [stage]);

/** Delivers a message to a consumer that claims its stage, and maybe dies before it acknowledges. */
async function claim(
  world: World,
  job: Tracked,
  mail: Mail,
  { z, fault }: Pick<Step, "z" | "fault">,
) {
  const lease = leaseFor(job, mail, z);
  const reply = await world.perform("claim", job, { stage: mail.stage, lease }, fault);
  if (reply.startsWith("run")) job.attempts.push({ stage: mail.stage, lease });
  const isAcknowledged = reply !== "wait" && reply !== died && z < 0.8;
  if (isAcknowledged) remove(world.mail, mail);
  return { reply, lease };
}

const attemptOf = ({ attempts }: Tracked, x: number) =>
  x < 0.7 ? attempts.at(-1) : pick(attempts, (x - 0.7) / 0.3);

type Act = (world: World, job: Tracked, step: Omit<Step, "kind">) => Promise<unknown>;
const waits = [0, 1_000, 3_000, 5_000];
const moments = [1_000, 4_000, 8_000, leaseMs, leaseMs + 1, 70_000, 310_000, hour, hour + 1, week];

/** What may happen, and how often. */
export const steps = {
  submit: {
    weight: 3,
    async act(world, job, { x, fault }) {
      await world.account.admit(job.jobId, noLimits);
      await world.perform(
        "submit",
        job,
        { body: x < 0.7 ? "생수병" : "캔", keyed: world.keyed },
        fault,
      );
    },
  },
  claim: {
    weight: 12,
    async act(world, job, step) {
      const mail = arriving(job, world.mail, world.sent.mail, step.x);
      if (mail) await claim(world, job, mail, step);
    },
  },
  proceed: {
    weight: 12,
    async act(world, job, { x, y, fault }) {
      const mail = world.mail.find(({ jobId }) => jobId === job.jobId);
      if (!mail) return;
      const { reply, lease } = await claim(world, job, mail, { z: 0.5, fault: null });
      if (!reply.startsWith("run")) return;
      const stages = hopOf(mail.stage, y < 0.8);
      await world.perform("complete", job, { lease, stages, asks: x < 0.5, earns: y < 0.7 }, fault);
    },
  },
  complete: {
    weight: 6,
    async act(world, job, { x, y, z, fault }) {
      const attempt = attemptOf(job, x);
      if (!attempt) return;
      const { stage, lease } = attempt;
      const stages = hopOf(stage, y < 0.7);
      await world.perform("complete", job, { lease, stages, asks: z < 0.5, earns: z < 0.7 }, fault);
    },
  },
  retry: {
    weight: 6,
    async act(world, job, { x, y, z, fault }) {
      const attempt = attemptOf(job, x);
      const waitMs = pick(waits, z) ?? 0;
      if (attempt)
        await world.perform("retry", job, { ...attempt, counts: y < 0.7, waitMs }, fault);
    },
  },
  fail: {
    weight: 1,
    async act(world, job, { x, fault }) {
      const attempt = attemptOf(job, x);
      if (attempt) await world.perform("fail", job, attempt, fault);
    },
  },
  renew: {
    weight: 2,
    async act(world, job, { x, y }) {
      const attempt = attemptOf(job, x);
      // As often as not, the attempt has generated no text.
      const length = Math.max(0, Math.ceil((2 * y - 1) * wholeText.length));
      if (attempt) await world.perform("renew", job, { ...attempt, length });
    },
  },
  publishText: {
    weight: 2,
    async act(world, job, { x, y }) {
      const attempt = attemptOf(job, x);
      const length = Math.ceil(y * wholeText.length);
      if (attempt) await world.perform("publishText", job, { ...attempt, length });
    },
  },
  park: {
    weight: 4,
    async act(world, job, { x, y, fault }) {
      const letter = arriving(job, world.letters, world.sent.letters, x);
      // A message that is never acknowledged becomes a dead letter, too.
      const mail = y < 0.3 ? arriving(job, world.mail, world.sent.mail, x) : undefined;
      const dead = mail ?? letter;
      if (!dead) return;
      const reply = await world.perform("park", job, dead, fault);
      if (reply !== died && mail) remove(world.mail, mail);
      if (reply !== died && !mail && letter) remove(world.letters, letter);
    },
  },
  resume: {
    weight: 4,
    async act(world, job, { x, y, z, fault }) {
      const stage = (z < 0.85 ? job.scan?.stage : pick(stageNames, x)) ?? "vision";
      const before = stageNames.slice(0, stageNames.indexOf(stage) + 1);
      const from = z < 0.6 ? stage : (pick(before, x) ?? stage);
      const last = job.scan?.decision;
      const decision = y < 0.2 && last ? last : crypto.randomUUID();
      await world.perform("resume", job, { stage, decision, from, automatic: false }, fault);
    },
  },
  archive: {
    weight: 1,
    act: (world, job, { fault }) => world.perform("archive", job, {}, fault),
  },
  postpone: {
    weight: 2,
    async act(world, job, { x, y, fault }) {
      const mail = arriving(job, world.mail, world.sent.mail, x);
      if (!mail) return;
      const until = world.now + 1_000 + Math.round(y * 30) * 1_000;
      await world.perform("postpone", job, { stage: mail.stage, until }, fault);
      remove(world.mail, mail);
    },
  },
  cancel: {
    weight: 1,
    act: (world, job, { fault }) => world.perform("cancel", job, {}, fault),
  },
  confirm: {
    weight: 4,
    act: (world, job, { x, fault }) =>
      world.perform("confirm", job, { choice: x < 0.7 ? "glass" : "metal" }, fault),
  },
  alarm: {
    weight: 10,
    async act(world, job, { x, fault }) {
      const { alarm } = job.observed;
      if (alarm === null || world.isHeld) return;
      if (x < 0.7) world.advance(Math.max(0, alarm - world.now));
      if (alarm <= world.now) await world.perform("wake", job, { by: "alarm" }, fault);
    },
  },
  sweep: {
    weight: 2,
    act: (world, job, { fault }) => world.perform("wake", job, { by: "cron" }, fault),
  },
  erase: {
    weight: 1,
    async act(world, job, { y, fault }) {
      const reply = await world.perform("erase", job, {}, fault);
      // An erasure goes on when the object has answered.
      if (reply === died || reply === "held") return;
      await world.account.releaseJobs([job.jobId]);
      if (y < 0.5) return;
      for (const other of world.jobs) await world.perform("erase", other, {});
      await world.account.erase();
      world.isErased = true;
    },
  },
  advance: {
    weight: 6,
    // oxlint-disable-next-line typescript/require-await -- steps are awaited
    async act(world, _, { x, y }) {
      // Long waits are rare.
      const few = y < 0.6 ? moments.slice(0, 5) : moments.slice(0, y < 0.95 ? 9 : 10);
      world.advance(pick(few, x) ?? 0);
    },
  },
  evict: {
    weight: 4,
    async act(world, job, { x }) {
      if (world.isHeld) return;
      world.trace.push("evict");
      const before = await observe(jobOf(job.jobId));
      const options = { webSockets: x < 0.7 ? "hibernate" : "close" } as const;
      await evictDurableObject(jobOf(job.jobId), options);
      const after = await observe(jobOf(job.jobId));
      if (JSON.stringify(after) !== JSON.stringify(before)) {
        world.fail(job, [
          "the eviction has changed it",
          JSON.stringify(before),
          JSON.stringify(after),
        ]);
      }
    },
  },
  subscribe: {
    weight: 4,
    async act(world, job, { x }) {
      const last = job.observed.events.length - 1;
      if (job.scan) await world.watching.connect(job, x < 0.5 ? -1 : Math.floor(x * last));
    },
  },
  lose: {
    weight: 3,
    // oxlint-disable-next-line typescript/require-await -- steps are awaited
    async act(world, _, { x, y }) {
      const queue = y < 0.8 ? world.mail : world.letters;
      queue.splice(Math.floor(x * queue.length), 1);
    },
  },
  release: { weight: 4, act: (world) => world.release() },
  cron: {
    weight: 0.3,
    async act(world) {
      if (world.isHeld) return;
      await redriveDue(env);
      for (const job of world.jobs) {
        const woken = apply("wake", job.scan, null, { by: "cron" }, world.now).scan;
        await world.compare(job, "wake", [job.scan, woken]);
      }
    },
  },
} satisfies Record<string, { weight: number; act: Act }>;
