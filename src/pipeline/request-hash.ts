import { sha256 } from "../platform/sha256.ts";

/** A submit as the client sent it: null for what it left out, whatever the deployment adds. */
export interface SentRequest {
  image_url: string | null;
  /** The SHA-256 of an uploaded photo, before it is cleaned. */
  image: string | null;
  user_input: string | null;
  model: string | null;
  region: string | null;
  callback_url: string | null;
  /** Undefined when the client named none, as in requests of versions that did not know it. */
  callback_events: readonly string[] | undefined;
  reuse: boolean | null;
}

/**
 * Identifies a request under an idempotency key. The same request has the same hash after a deploy that changes
 * a default, or how photos are cleaned.
 */
export const requestHashOf = (sent: SentRequest): Promise<string> => {
  const { image_url, image, user_input, model, region, callback_url, callback_events, reuse } =
    sent;
  const parts = [image_url, image, user_input, model, region, callback_url, reuse];
  return sha256(JSON.stringify(callback_events ? [...parts, callback_events] : parts));
};
