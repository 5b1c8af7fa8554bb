import { z } from "zod";
import { iso } from "../../platform/iso.ts";

/** A time in Unix ms, which an answer has as ISO 8601. */
export const isoTime = z
  .int()
  .transform((at) => iso(at))
  .pipe(z.iso.datetime());
