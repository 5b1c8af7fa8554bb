import { z } from "zod";
import { ScanRequest } from "../request.ts";
import { Region, Rule } from "../item-rule.ts";
import { defineStage } from "./define-stage.ts";
import { vision } from "./vision.ts";

/** Looks up the regulation of the classified item. */
export const rule = defineStage({
  name: "rule",
  input: z.object({ request: ScanRequest, vision: vision.output }),
  output: z.strictObject({ rule: Rule.nullable(), region: Region.nullable() }),
  attempts: 4,
  deadlineMs: 10_000,
  ttlMs: 300_000,
  progress: { from: 25, to: 50 },
  shards: [""],
  batch: { size: 50, waitSeconds: 0 },
  run: ({ request: { region }, vision: seen }, { regulations }) =>
    regulations.ruleOf(seen.classification, seen.regulation_version, region),
});
