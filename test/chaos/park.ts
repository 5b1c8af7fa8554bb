import { deadLetterOf } from "../../src/pipeline/dead-letter.ts";
import type { StageMessage } from "../../src/pipeline/messages.ts";
import { recordDeadLetter } from "./dead-letter-rows.ts";
import type { Fault } from "./faults.ts";
import { died, held, perform } from "./perform.ts";
import { remove } from "./steps/step.ts";
import type { Tracked } from "./tracked.ts";
import type { World } from "./world.ts";

/** A dead letter of a stage, whether its consumer is slow to record it, and what goes wrong. */
interface Arrival {
  dead: StageMessage;
  isLate: boolean;
  fault: Fault | null;
}

/** A dead letter reaches its consumer, which parks the scan and records what it has read of it. */
export async function park(world: World, job: Tracked, { dead, isLate, fault }: Arrival) {
  const reply = await perform(world, "park", job, dead, fault);
  // It comes again.
  if (reply === died || reply === held) return;
  remove<StageMessage>(world.mail, dead);
  remove(world.deadLetters, dead);
  const deadLetter = job.observed.state && deadLetterOf(job.observed.state);
  if (reply !== "parked" || !deadLetter) return;
  if (isLate) world.unrecorded.push(deadLetter);
  else await recordDeadLetter(world, deadLetter);
}
