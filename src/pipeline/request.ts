import { z } from "zod";
import { WebhookType } from "./webhook-types.ts";

/** A photo of the waste: a public https address, or bytes that were uploaded and stored. */
export const Photo = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("url"), url: z.string() }),
  z.strictObject({
    kind: z.literal("stored"),
    key: z.string(),
    type: z.string(),
    /** The SHA-256 of the bytes, lower-case hex. */
    sha256: z.string(),
  }),
]);
export type Photo = z.infer<typeof Photo>;

/** A resident's request: a photo, words, or both. `model` names a row of the model catalog. */
export const ScanRequest = z.strictObject({
  photo: Photo.nullable(),
  user_input: z.string().nullable(),
  model: z.string(),
  /** The resident's region, as it was typed; null for the national rules. */
  region: z.string().nullable(),
  /** Receives a webhook when the scan ends or is parked; null for none. */
  callback_url: z.string().nullable(),
  /** Which webhooks it receives; without it, the default ones. */
  callback_events: z.array(WebhookType).optional(),
  /** Whether a cached result for the same photo may be used. */
  reuse: z.boolean(),
});
export type ScanRequest = z.infer<typeof ScanRequest>;

/** The owner of a scan. */
export const Owner = z.object({
  job_id: z.string(),
  user_id: z.string(),
  /** Codes of the characters that the user owned at admission. */
  owned: z.array(z.string()).readonly().default([]),
  /** From words alone, and no steps were ticked: such scans give one new character a day. */
  words_only: z.boolean().default(false),
  /** A test scan: it gives nobody a character. */
  test: z.boolean().default(false),
});
export type Owner = z.infer<typeof Owner>;
