import type { Context } from "hono";
import { z } from "zod";
import { notFound } from "../pipeline/refusals.ts";
import { sha256 } from "../platform/sha256.ts";
import { Problem } from "./problem.ts";

export const JobId = z.uuid();
export const maxKeyLength = 255;

/** The hash of the client's idempotency key, a version 8 UUID (RFC 9562); null when it sent none. */
export async function idempotencyKeyOf(c: Context, userId: string): Promise<string | null> {
  const key = c.req.header("idempotency-key") ?? c.req.header("x-idempotency-key");
  if (key === undefined) return null;
  if (key.trim() === "" || key.length > maxKeyLength) {
    throw new Problem(
      "VALIDATION_ERROR",
      `An idempotency key has 1 to ${maxKeyLength} characters.`,
    );
  }
  // A key whose scans are older than this version is the id of its scan.
  const hash = await sha256(JSON.stringify([userId, key]));
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
}

/** The id in a path or query; what cannot be one is a scan that does not exist. */
export function knownJobId(text: string | undefined, missing = resultNotFound): string {
  const id = JobId.safeParse(text);
  if (!id.success) throw missing();
  return id.data;
}

/** The state of a job that is found. Throws the problem of one that is not. */
export function stateFound<State>(state: State | typeof notFound): State {
  if (state === notFound) throw resultNotFound();
  return state;
}

export const resultNotFound = (
  detail = "No scan of yours has this id, or it has expired.",
): Problem => new Problem("RESULT_NOT_FOUND", detail);

const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's W3C trace context, or a new one when it sent none that is valid. */
export function traceparentOf(header: string | undefined): string {
  if (header && traceparentForm.test(header)) return header;
  const ids = crypto.getRandomValues(new Uint8Array(24)).toHex();
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`;
}
