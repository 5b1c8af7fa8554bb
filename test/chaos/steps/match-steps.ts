import { evictDurableObject } from "cloudflare:test";
import { deliverMatch, look, recordDeadMatch } from "../matches.ts";
import { arriving, type Steps } from "./step.ts";

/** What happens to the reward that a scan has left pending. */
export const matchSteps = {
  async match(world, job, { x, y, z, fault }) {
    const mail = arriving(job, world.matches, world.sent.matches, x);
    const isDown = y < 0.3;
    // An outage may outlast the retries.
    if (mail) await deliverMatch(world, mail, { isDown, isLast: y < 0.2, isTwice: z < 0.2, fault });
  },
  async deadMatch(world, _, { fault }) {
    const [dead] = world.deadMatches;
    if (dead) await recordDeadMatch(world, dead, fault);
  },
  // oxlint-disable-next-line typescript/require-await -- steps are awaited
  async loseMatch(world, _, { x, y }) {
    const queue = y < 0.8 ? world.matches : world.deadMatches;
    queue.splice(Math.floor(x * queue.length), 1);
  },
  async look(world, _, { z, fault }) {
    if (z < 0.3) {
      // One that has died runs again first.
      await world.account().isEmpty();
      await evictDurableObject(world.account());
    }
    await look(world, fault);
  },
} satisfies Steps;
