import { vi } from "vitest";
import { checkEnd } from "./check-end.ts";
import { clearDeadLetters, gatherCrowd } from "./crowd.ts";
import { drain } from "./drain.ts";
import { release } from "./perform.ts";
import type { Schedule } from "./schedule.ts";
import { pick } from "./steps/step.ts";
import { steps } from "./steps/steps.ts";
import { Broken, createWorld } from "./world.ts";

/** What a schedule has broken, and the list of what was done. */
export interface Finding {
  broken: string;
  trace: readonly string[];
}

/** Carries a schedule out and lets everything come to rest. Returns what was broken, or null. */
export async function run(schedule: Schedule): Promise<Finding | null> {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { jobs, keyed, crowd } = schedule;
  const world = createWorld(jobs, keyed);
  let at = "start";
  try {
    await clearDeadLetters();
    if (crowd !== null) await gatherCrowd(world, crowd);
    for (const [index, { kind, ...step }] of schedule.steps.entries()) {
      at = `step ${index}, ${kind}`;
      world.advance(7);
      const job = pick(world.jobs, step.job);
      if (job) await steps[kind](world, job, step);
    }
    at = "the drain";
    await drain(world, schedule);
    at = "the end";
    await checkEnd(world);
    return null;
  } catch (error) {
    const isBroken = error instanceof Broken || !(error instanceof Error);
    const reason = isBroken ? String(error) : error.stack;
    return { broken: `${at}: ${reason}`, trace: world.trace };
  } finally {
    await release(world).catch(() => {});
  }
}

/** How many schedules are tried for a shorter one. */
const tries = 150;

/** The shortest schedule that still breaks something, as far as leaving steps out finds it. */
export async function shrink(schedule: Schedule): Promise<Schedule> {
  let best = schedule;
  let left = tries;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best.steps.length && left > 0; left--) {
      const fewer = { ...best, steps: best.steps.toSpliced(from, size) };
      if (await run(fewer)) best = fewer;
      else from += size;
    }
  }
  return best;
}
