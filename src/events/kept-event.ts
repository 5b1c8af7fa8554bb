import { z } from "zod";
import type { DomainEvent } from "../pipeline/domain-event.ts";

const Code = z.object({ code: z.string() });
const Category = z.object({ major_category: z.string(), middle_category: z.string() });
const asked = { model: z.string(), region: z.string().nullable() };

const Ended = z.object({
  ...asked,
  status: z.enum(["completed", "failed", "cancelled"]),
  classification: Category.nullable(),
  reward: Code.nullable(),
  error: Code.nullable(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_micro_usd: z.int(),
});

const of = <Type extends DomainEvent["type"], Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({ type: z.literal(type), data });

/**
 * What stays of an event when its user is erased: nothing that the user wrote or that names a thing
 * of theirs. Reads whole and redacted events alike, so who reads by it alone says the same of both.
 */
export const KeptEvent = z.discriminatedUnion("type", [
  of("scan.requested", z.object(asked)),
  of("scan.classified", z.object({ classification: Category, regulation_version: z.string() })),
  of("scan.answered", z.object({ steps: z.int() })),
  of("scan.rewarded", Code),
  of("scan.completed", Ended),
  of("scan.failed", Ended),
  of("scan.parked", z.object({ stage: z.string(), error: Code, redrives: z.int() })),
]);
export type KeptEvent = z.infer<typeof KeptEvent>;

/** An event's data without what is personal. Of data that cannot be read nothing stays. */
export function redactedData(event: { type: string; data: unknown }): object {
  const kept = KeptEvent.safeParse(event);
  return { redacted: true, ...(kept.success && kept.data.data) };
}
