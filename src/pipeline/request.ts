import { z } from "zod";

/** A photo of the waste: a public https address, or bytes that were uploaded and stored. */
export const Photo = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("url"), url: z.string() }),
  z.strictObject({
    kind: z.literal("stored"),
    key: z.string(),
    type: z.string(),
    /** Of the bytes, lower-case hex. */
    sha256: z.string(),
  }),
]);
export type Photo = z.infer<typeof Photo>;

/** What a resident asked: a photo, words, or both. `model` names a row of the model catalog. */
export const ScanRequest = z.strictObject({
  photo: Photo.nullable(),
  user_input: z.string().nullable(),
  model: z.string(),
  /** Where the resident lives, as they put it; null for the national rules. */
  region: z.string().nullable(),
  /** Who is told when the scan ends or is parked; null for nobody. */
  callback_url: z.string().nullable(),
  /** Whether a cached result for the same photo may be used. */
  reuse: z.boolean(),
});
export type ScanRequest = z.infer<typeof ScanRequest>;

/** Whose scan it is. */
export const Owner = z.object({
  job_id: z.string(),
  user_id: z.string(),
  /** Codes of the characters that they had when it was accepted. */
  owned: z.array(z.string()).readonly().default([]),
});
export type Owner = z.infer<typeof Owner>;
