import { accountRewards, brokenMatchRows, readMatchRows } from "./account-rewards.ts";
import { runCron } from "./cron.ts";
import { deliverMatch, look, recordDeadMatch } from "./matches.ts";
import { hour } from "./model/scan.ts";
import type { World } from "./world.ts";

const isOpen = ({ status }: { status: string }) => status === "parked" || status === "redriving";

/**
 * Matches are delivered, redriven, and sent again when their user looks, until no reward is pending. A catalog that
 * does not come back is why they are given up.
 */
export async function drainMatches(world: World, isBack: boolean) {
  if (world.sent.matches.length === 0) return;
  for (let round = 0; round < 60; round++) {
    world.advance(7);
    const [mail] = world.matches;
    const [dead] = world.deadMatches;
    if (mail) {
      const how = { isDown: !isBack, isLast: true, isTwice: false, fault: null };
      await deliverMatch(world, mail, how);
    } else if (dead) await recordDeadMatch(world, dead, null);
    else if ((await readMatchRows(world)).some(isOpen)) {
      world.advance(hour);
      await runCron(world, null);
    } else if ((await accountRewards(world)).pending.length > 0) {
      world.advance(2 * hour);
      await look(world, null);
    } else break;
  }
  const { pending } = await accountRewards(world);
  const broken = await brokenMatchRows(world);
  if (pending.length > 0) broken.push("a reward is pending for ever");
  if (broken.length > 0) world.fail(null, broken);
}
