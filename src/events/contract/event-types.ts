import { z } from "zod";
import { changeTypes } from "../../pipeline/change-types.ts";
import { DomainEvent, domainEventTypes } from "../../pipeline/domain-event.ts";
import { changeData } from "./change-data.ts";

/** What stays of an event whose user was erased. */
export const RedactedData = z.looseObject({ redacted: z.literal(true) });

/** The data of every type of event in the log. Changes are of nobody: nothing of them is ever redacted. */
export const eventData: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ...DomainEvent.options.map(({ shape }): [string, z.ZodType] => [
    shape.type.value,
    z.union([shape.data, RedactedData]),
  ]),
  ...Object.entries(changeData),
]);

export const eventTypes = [...domainEventTypes, ...changeTypes] as const;
export type EventType = (typeof eventTypes)[number];
