import { z } from "zod";
import { type Decision, decide } from "./decisions/decision.ts";
import type { JobState } from "./job.ts";

/**
 * The job whose content a test scan runs with. A test scan is an operator's: it gives no character, is in no history or
 * quota of the resident, and no resident reads it. It is erased with the resident whose content it has.
 */
export const TestOf = z.strictObject({ of: z.string() });
export type TestOf = z.infer<typeof TestOf>;

/** A test scan is never parked, since nobody waits for it: it fails. */
export function withoutParking<Reply>(
  { test }: Pick<JobState, "test">,
  decision: Decision<Reply>,
): Decision<Reply> {
  const last = decision.events.at(-1);
  if (!test || last?.type !== "parked") return decision;
  const { stage, error, calls } = last;
  const failed = { type: "failed", stage, error, calls } as const;
  return decide(decision.reply, [...decision.events.slice(0, -1), failed, { type: "done" }]);
}
