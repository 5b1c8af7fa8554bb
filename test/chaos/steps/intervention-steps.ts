import { stageNames } from "../../../src/pipeline/stages/stage-table.ts";
import { park } from "../park.ts";
import { perform } from "../perform.ts";
import { arriving, pick, remove, type Steps } from "./step.ts";

/** What consumers of dead letters, operators and residents do to a scan. */
export const interventionSteps = {
  async park(world, job, { x, y, z, fault }) {
    const deadLetter = arriving(job, world.deadLetters, world.sent.deadLetters, x);
    // A message that is never acknowledged becomes a dead letter, too.
    const mail = y < 0.3 ? arriving(job, world.mail, world.sent.mail, x) : undefined;
    const dead = mail ?? deadLetter;
    if (dead) await park(world, job, { dead, isLate: z < 0.2, fault });
  },
  async resume(world, job, { x, y, z, fault }) {
    const stage = (z < 0.85 ? job.scan?.stage : pick(stageNames, x)) ?? "vision";
    const before = stageNames.slice(0, stageNames.indexOf(stage) + 1);
    const from = z < 0.6 ? stage : (pick(before, x) ?? stage);
    const last = job.scan?.decision;
    const decision = y < 0.2 && last ? last : crypto.randomUUID();
    await perform(world, "resume", job, { stage, decision, from, automatic: false }, fault);
  },
  archive: (world, job, { fault }) => perform(world, "archive", job, {}, fault),
  async postpone(world, job, { x, y, fault }) {
    const mail = arriving(job, world.mail, world.sent.mail, x);
    if (!mail) return;
    const until = world.now + 1_000 + Math.round(y * 30) * 1_000;
    await perform(world, "postpone", job, { stage: mail.stage, until }, fault);
    remove(world.mail, mail);
  },
  cancel: (world, job, { fault }) => perform(world, "cancel", job, {}, fault),
  confirm: (world, job, { x, fault }) =>
    perform(world, "confirm", job, { choice: x < 0.7 ? "glass" : "metal" }, fault),
} satisfies Steps;
