import { leaseOf } from "../../src/pipeline/lease.ts";
import { hopFrom } from "../../src/pipeline/stages/stage-table.ts";
import { runCron } from "./cron.ts";
import { isAnyOpen } from "./dead-letter-rows.ts";
import { drainMatches } from "./drain-matches.ts";
import { hour } from "./model/scan.ts";
import { park } from "./park.ts";
import { perform, release } from "./perform.ts";
import type { Schedule } from "./schedule.ts";
import { rewardAt } from "./steps/attempt-steps.ts";
import type { Tracked } from "./tracked.ts";
import { Broken, type Mail, type World } from "./world.ts";

type Ending = Pick<Schedule, "recovers" | "reward">;

/** Queues deliver everything, alarms fire and dead letters are redriven, until nothing is left. */
export async function drain(world: World, ending: Ending) {
  await release(world);
  await drainScans(world, ending);
  await drainMatches(world, ending.recovers);
  for (const job of world.jobs) {
    if (!job.record) continue;
    world.advance(Math.max(0, job.record.until - world.now));
    await perform(world, "wake", job, { by: "alarm" });
  }
  await drainRows(world);
}

async function drainScans(world: World, ending: Ending) {
  for (let round = 0; world.jobs.some(({ scan }) => scan); round++) {
    if (round > 400) throw new Broken("it does not come to rest");
    const job = world.jobs.find(({ scan }) => scan);
    if (!job?.scan) return;
    world.advance(7);
    const { jobId } = job;
    const mail = world.mail.find((it) => it.jobId === jobId);
    const dead = world.deadLetters.find((it) => it.jobId === jobId);
    const row = job.rows.find(({ status }) => status === "parked");
    if (mail) await attempt(world, job, mail, ending);
    else if (dead) await park(world, job, { dead, isLate: false, fault: null });
    else if (job.scan.status === "parked" && row) {
      world.advance(Math.max(0, row.at - world.now));
      await runCron(world, null);
    } else {
      world.advance(Math.max(0, (job.observed.alarm ?? 0) - world.now));
      await perform(world, "wake", job, { by: "alarm" });
    }
  }
}

/** A message is delivered; its attempt completes, or fails once more. */
async function attempt(world: World, job: Tracked, mail: Mail, { recovers, reward }: Ending) {
  const { stage, id } = mail;
  world.mail.splice(world.mail.indexOf(mail), 1);
  const lease = leaseOf(id, mail.deliveries + 1);
  const claimed = await perform(world, "claim", job, { stage, lease });
  if (!claimed.startsWith("run")) return;
  if (recovers) {
    const stages = hopFrom(stage);
    const given = rewardAt(job, reward);
    await perform(world, "complete", job, { lease, stages, asks: false, reward: given });
    return;
  }
  const failed = { stage, lease, counts: true, waitMs: 0 };
  // Its queue delivers it again.
  if ((await perform(world, "retry", job, failed)) === "retry") {
    world.mail.push({ ...mail, deliveries: mail.deliveries + 1 });
  }
}

/** No dead letter of an ended scan stays open. */
async function drainRows(world: World) {
  for (let run = 0; run < 3 && world.jobs.some(isAnyOpen); run++) {
    world.advance(hour);
    await runCron(world, null);
  }
  const open = world.jobs.find(isAnyOpen);
  if (open) world.fail(open, ["its dead letter is never settled"]);
}
