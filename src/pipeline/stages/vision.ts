import { z } from "zod";
import { certaintyShape, unstated } from "../certainty.ts";
import { ModelCall } from "../model-call.ts";
import { ScanRequest } from "../request.ts";
import { Classification, OtherItems, SituationTag } from "../taxonomy.ts";
import { defineStage, hopShards } from "./define-stage.ts";

/** Classifies the item from the photo and the words, and describes its state. */
export const vision = defineStage({
  name: "vision",
  input: z.object({ request: ScanRequest, spent_usd: z.number() }),
  output: z.strictObject({
    classification: Classification,
    situation_tags: z.array(SituationTag),
    notice: z.string().nullable(),
    other_items: OtherItems.optional(),
    ...certaintyShape,
    /** The version of the regulations for the whole job, whatever is published in the meantime. */
    regulation_version: z.string(),
    calls: z.array(ModelCall),
  }),
  attempts: 4,
  deadlineMs: 60_000,
  ttlMs: 3_600_000,
  progress: { from: 0, to: 25 },
  shards: hopShards,
  batch: { size: 50, waitSeconds: 0 },
  async run({ request: { photo, user_input, model, reuse }, spent_usd }, ports, signal) {
    const regulation_version = await ports.regulations.version();
    const input = { photo, words: user_input, regulation_version, spent_usd, reuse };
    const classified = await ports.model(model).classify(input, signal);
    const { certainty = unstated, other_items = [], ...seen } = classified;
    const item = seen.classification.minor_category;
    const others = other_items.filter((it) => it !== item);
    return {
      ...seen,
      ...(others.length > 0 && { other_items: others }),
      ...certainty,
      regulation_version,
    };
  },
});
