import { z } from "zod";

const By = z.string().trim().min(1).max(100).default("operator");

/** Who changes something. */
export const Changed = z.strictObject({ by: By });

/** Why a stage is to take no work, and for how long. */
export const PauseBody = z.strictObject({
  reason: z.string().trim().min(1).max(500),
  by: By,
  /** The stage goes on by itself then. */
  until: z.iso
    .datetime({ offset: true })
    .transform(Date.parse)
    .refine((at) => at > Date.now(), "has to be in the future")
    .nullish(),
});
