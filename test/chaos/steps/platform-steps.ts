import { evictDurableObject } from "cloudflare:test";
import { leaseMs } from "../../../src/pipeline/lease.ts";
import { jobOf } from "../../support/job-builders.ts";
import { runCron } from "../cron.ts";
import { isAnyOpen } from "../dead-letter-rows.ts";
import { hour, week } from "../model/scan.ts";
import { observe } from "../observe.ts";
import { perform, release } from "../perform.ts";
import { pick, type Steps } from "./step.ts";

const minute = 60_000;
const moments = [1_000, 4_000, 8_000, leaseMs, leaseMs + 1, 70_000, 310_000, hour, hour + 1, week];

/** What the platform does: alarms, the cron, evictions, lost messages, and time. */
export const platformSteps = {
  async alarm(world, job, { x, fault }) {
    const { alarm } = job.observed;
    if (alarm === null || world.held) return;
    if (x < 0.7) world.advance(Math.max(0, alarm - world.now));
    if (alarm <= world.now) await perform(world, "wake", job, { by: "alarm" }, fault);
  },
  sweep: (world, job, { fault }) => perform(world, "wake", job, { by: "cron" }, fault),
  // oxlint-disable-next-line typescript/require-await -- steps are awaited
  async advance(world, _, { x, y }) {
    // Long waits are rare.
    const few = y < 0.6 ? moments.slice(0, 5) : moments.slice(0, y < 0.95 ? 9 : 10);
    world.advance(pick(few, x) ?? 0);
  },
  async evict(world, job, { x }) {
    if (world.held) return;
    world.note("evict");
    const before = await observe(jobOf(job.jobId));
    const options = { webSockets: x < 0.7 ? "hibernate" : "close" } as const;
    await evictDurableObject(jobOf(job.jobId), options);
    const after = await observe(jobOf(job.jobId));
    const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
    if (is !== was) world.fail(job, ["the eviction has changed it", was, is]);
  },
  // oxlint-disable-next-line typescript/require-await -- steps are awaited
  async lose(world, _, { x, y }) {
    const queue = y < 0.8 ? world.mail : world.deadLetters;
    queue.splice(Math.floor(x * queue.length), 1);
  },
  release: (world) => release(world),
  cron: (world, _, { fault }) => runCron(world, fault),
  /** The cron's next run, or one at which a later redrive is due. */
  async redrive(world, _, { x, fault }) {
    world.advance(pick([0, 5 * minute, 5 * minute, 15 * minute, hour], x) ?? 0);
    const hasOpen = world.jobs.some(isAnyOpen) || world.unrecorded.length > 0;
    if (hasOpen || world.hasDeadMatch || world.isCrowded) await runCron(world, fault);
  },
} satisfies Steps;
