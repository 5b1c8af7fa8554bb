import { died, held, perform } from "../perform.ts";
import { forgetDeadLetters, forgetScan } from "../forget.ts";
import type { Steps } from "./step.ts";

const noLimits = { perDay: null, atOnce: null };

/** What a user does. */
export const userSteps = {
  async submit(world, job, { x, fault }) {
    await forgetScan(world, job);
    await world.account().admit(job.jobId, noLimits);
    await perform(
      world,
      "submit",
      job,
      { body: x < 0.7 ? "생수병" : "캔", keyed: world.keyed },
      fault,
    );
  },
  async erase(world, job, { y, fault }) {
    const reply = await perform(world, "erase", job, {}, fault);
    // An erasure goes on when the object has answered.
    if (reply === died || reply === held) return;
    await world.account().releaseJobs([job.jobId]);
    await forgetDeadLetters(world, job);
    // Also one that was purged before: its pending reward is dropped.
    job.isErased = true;
    job.wasErased = true;
    if (y < 0.5) return;
    for (const other of world.jobs) await perform(world, "erase", other, {});
    for (const other of world.jobs) await forgetDeadLetters(world, other);
    await world.account().erase();
    world.isErased = true;
  },
  async subscribe(world, job, { x }) {
    const last = job.observed.events.length - 1;
    if (job.scan) await world.watching.connect(job, x < 0.5 ? -1 : Math.floor(x * last));
  },
} satisfies Steps;
