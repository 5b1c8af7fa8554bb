import { z } from "zod";
import { ScanRequest, Usage } from "../request.ts";
import { Classification, SituationTag } from "../taxonomy.ts";
import { defineStage } from "./define-stage.ts";

/** Looks at the photo and the words, and says what the item is and what state it is in. */
export const vision = defineStage({
  name: "vision",
  input: z.object({ request: ScanRequest }),
  output: z.strictObject({
    classification: Classification,
    situation_tags: z.array(SituationTag),
    notice: z.string().nullable(),
    usage: Usage,
  }),
  attempts: 3,
  deadlineMs: 60_000,
  leaseMs: 90_000,
  ttlMs: 3_600_000,
  backoff: { baseMs: 2_000, capMs: 120_000 },
  progress: { from: 0, to: 25 },
  inline: false,
  batch: { size: 25, waitSeconds: 0 },
  run: ({ request: { photo, user_input, model } }, ports, signal) =>
    ports.model(model).classify({ photo, words: user_input }, signal),
});
