import { z } from "zod";
import { matchedMunicipality } from "../pipeline/matched-municipality.ts";
import type { DomainEvent } from "../pipeline/domain-event.ts";

const Code = z.object({ code: z.string() });
const Category = z.object({ major_category: z.string(), middle_category: z.string() });
/** Events of earlier versions have the region as the resident typed it. */
const request = { model: z.string(), region: z.string().nullable().transform(matchedMunicipality) };

const costs = { input_tokens: z.int(), output_tokens: z.int(), cost_micro_usd: z.int() };

const Replaced = z.object({
  ended_at: z.int(),
  classification: Category,
  rewarded: z.boolean(),
  ...costs,
});

const Ended = z.object({
  ...request,
  status: z.enum(["completed", "failed", "cancelled"]),
  classification: Category.nullable(),
  reward: Code.nullable(),
  error: Code.nullable(),
  operated: z.boolean().optional(),
  replaces: Replaced.optional(),
  ...costs,
});

const of = <Type extends DomainEvent["type"], Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({ type: z.literal(type), data });

/**
 * The fields of an event that stay when its user is erased: none that the user wrote, and no id of
 * anything that was theirs. It parses whole and redacted events alike, so that a projection that uses
 * only this schema derives the same from both.
 */
export const RedactedEvent = z.discriminatedUnion("type", [
  of("scan.requested", z.object(request)),
  of("scan.classified", z.object({ classification: Category, regulation_version: z.string() })),
  of(
    "scan.rules_retrieved",
    z.object({
      regulation_key: z.string().nullable(),
      regulation_version: z.string(),
      group: z.string().nullable(),
    }),
  ),
  of("scan.answered", z.object({ steps: z.int() })),
  of(
    "scan.confirmed",
    z.object({
      by: z.string(),
      chosen: Category,
      shown: z.array(z.object({ classification: Category, probability: z.number() })),
      model: z.string(),
    }),
  ),
  of(
    "scan.rewarded",
    z.union([
      z.object({ reward_granted: z.literal(true).default(true), ...Code.shape }),
      z.object({ reward_granted: z.literal(false), reason: z.string() }),
    ]),
  ),
  of("scan.completed", Ended),
  of("scan.failed", Ended),
  of("scan.parked", z.object({ stage: z.string(), error: Code, redrives: z.int() })),
  of(
    "scan.tested",
    z.object({
      ...request,
      status: z.enum(["completed", "failed", "cancelled"]),
      classification: Category.nullable(),
      error: Code.nullable(),
      ...costs,
    }),
  ),
]);
export type RedactedEvent = z.infer<typeof RedactedEvent>;

/** An event's data without its personal fields. Nothing stays of data that does not parse. */
export function redactedData(event: { type: string; data: unknown }): object {
  const parsed = RedactedEvent.safeParse(event);
  return { redacted: true, ...(parsed.success && parsed.data.data) };
}
