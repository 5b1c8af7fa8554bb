import { z } from "zod";
import { iso } from "../../platform/iso.ts";

/** A time in Unix ms, which an answer has as ISO 8601. */
export const isoTime = z
  .int()
  .transform((at) => iso(at))
  .pipe(z.iso.datetime());

/** Gives a value the shape of its answer: times become ISO 8601, and other members are left out. */
export const answerOf = <Schema extends z.ZodType>(
  schema: Schema,
  value: z.input<Schema>,
): z.output<Schema> => schema.parse(value);
