import { z } from "zod";
import { By, Why } from "../../ops-audit.ts";

const Operator = By.default("operator");

/** Who changes something. */
export const Changed = z.strictObject({ by: Operator });

/** Why a stage is to take no work, and for how long. */
export const PauseBody = z.strictObject({
  reason: Why,
  by: Operator,
  /** The stage goes on by itself then. */
  until: z.iso
    .datetime({ offset: true })
    .transform(Date.parse)
    .refine((at) => at > Date.now(), "has to be in the future")
    .nullish(),
});
