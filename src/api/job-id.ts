import type { Context } from "hono";
import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";
import { Problem } from "./problem.ts";

export const JobId = z.uuid();
export const maxKeyLength = 255;

/**
 * The id of a new job: random, or derived from the user and the client's idempotency key, so that
 * the job itself is the record of the key.
 */
export async function newJobId(c: Context, userId: string): Promise<string> {
  const key = c.req.header("idempotency-key") ?? c.req.header("x-idempotency-key");
  if (key === undefined) return crypto.randomUUID();
  if (key.trim() === "" || key.length > maxKeyLength) {
    throw new Problem(
      "VALIDATION_ERROR",
      `An idempotency key has 1 to ${maxKeyLength} characters.`,
    );
  }
  return jobIdOf(userId, key);
}

/** The id in a path or query; what cannot be one is a scan that does not exist. */
export function knownJobId(text: string | undefined): string {
  const id = JobId.safeParse(text);
  if (!id.success) throw resultNotFound();
  return id.data;
}

export const resultNotFound = (): Problem =>
  new Problem("RESULT_NOT_FOUND", "No scan of yours has this id, or it has expired.");

/** The id of the job that a user submits under a key: a version 8 UUID (RFC 9562) from a SHA-256 hash. */
export async function jobIdOf(userId: string, key: string): Promise<string> {
  const hash = await sha256(JSON.stringify([userId, key]));
  const parts = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ];
  return parts.join("-");
}
