import { z } from "zod";
import { DomainEvent } from "../../pipeline/domain-event.ts";

/** What stays of an event whose user was erased. */
export const RedactedData = z.looseObject({ redacted: z.literal(true) });

/** The data of every type of event in the log. */
export const eventData: ReadonlyMap<string, z.ZodType> = new Map(
  DomainEvent.options.map(({ shape }): [string, z.ZodType] => [
    shape.type.value,
    z.union([shape.data, RedactedData]),
  ]),
);
