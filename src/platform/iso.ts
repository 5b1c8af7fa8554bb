import { z } from "zod";

/** Unix ms as ISO 8601; null for a time that is not set. */
export function iso(at: number): string;
export function iso(at: number | null | undefined): string | null;
export function iso(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}

/** A time in Unix ms, which an answer has as ISO 8601. */
export const isoTime = z
  .int()
  .transform((at) => iso(at))
  .pipe(z.iso.datetime());
