import { z } from "zod";
import { Rule } from "../rule.ts";
import { defineStage } from "./define-stage.ts";
import { vision } from "./vision.ts";

/** Looks up the regulation that rules the classified item. */
export const rule = defineStage({
  name: "rule",
  input: z.object({ vision: vision.output }),
  output: z.strictObject({ rule: Rule.nullable() }),
  attempts: 4,
  deadlineMs: 10_000,
  leaseMs: 30_000,
  ttlMs: 300_000,
  backoff: { baseMs: 1_000, capMs: 30_000 },
  progress: { from: 25, to: 50 },
  inline: true,
  batch: { size: 50, waitSeconds: 0 },
  run: async ({ vision: { classification } }, { regulations }) => ({
    rule: await regulations.ruleOf(classification),
  }),
});
