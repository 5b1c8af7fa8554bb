import { z } from "zod";

/** A photo of the waste: a public https address, or bytes that were uploaded and stored. */
export const Photo = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("url"), url: z.string() }),
  z.strictObject({ kind: z.literal("stored"), key: z.string(), type: z.string() }),
]);
export type Photo = z.infer<typeof Photo>;

/** What a resident asked: a photo, words, or both. `model` names a row of the model catalog. */
export const ScanRequest = z.strictObject({
  photo: Photo.nullable(),
  user_input: z.string().nullable(),
  model: z.string(),
});
export type ScanRequest = z.infer<typeof ScanRequest>;

/** Tokens of one model call, zero where no model was called. */
export const Usage = z.strictObject({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
});
export type Usage = z.infer<typeof Usage>;

export const noUsage: Usage = { input_tokens: 0, output_tokens: 0 };
