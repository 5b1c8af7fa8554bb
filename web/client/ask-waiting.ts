import type { Waiting } from "../../src/pipeline/waiting.ts";

export type { Waiting };

/** Asks why a scan waits: `waiting` is null when it does not. Null when nothing was learned. */
export async function askWaiting(
  jobId: string,
  userId: string,
  signal: AbortSignal,
): Promise<{ waiting: Waiting | null } | null> {
  try {
    const response = await fetch(`/api/v1/scan/${jobId}`, {
      headers: { "x-user-id": userId },
      signal,
    });
    const body: unknown = response.ok ? await response.json() : null;
    return readWaiting(body);
  } catch {
    // No network, something before the server answered, or the asker left.
    return null;
  }
}

/** Why a scan waits, out of its snapshot; null for a snapshot that does not say. */
export function readWaiting(body: unknown): { waiting: Waiting | null } | null {
  if (typeof body !== "object" || body === null || !("waiting" in body)) return null;
  const { waiting } = body;
  return waiting === null || isWaiting(waiting) ? { waiting } : null;
}

const isWaiting = (value: unknown): value is Waiting =>
  typeof value === "object" &&
  value !== null &&
  "reason" in value &&
  typeof value.reason === "string" &&
  "message" in value &&
  typeof value.message === "string" &&
  "attempt" in value &&
  typeof value.attempt === "number" &&
  "max_attempts" in value &&
  typeof value.max_attempts === "number" &&
  "next_retry_at" in value &&
  "next_redrive_at" in value &&
  "paused" in value &&
  "backlog" in value;
