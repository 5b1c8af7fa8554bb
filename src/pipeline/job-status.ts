import type { JobState } from "./job.ts";

/**
 * What an open job does: it waits for its turn or for a provider, an attempt runs, it waits for the next one, or for a
 * redrive.
 */
export const openStatuses = ["waiting", "running", "retrying", "parked"] as const;
export const endStatuses = ["completed", "failed", "cancelled"] as const;
export const listedStatuses = [...openStatuses, ...endStatuses] as const;

export type OpenStatus = (typeof openStatuses)[number];
export type ListedStatus = (typeof listedStatuses)[number];

/** The status of a job as operators see it, at `now`, Unix ms. */
export function listedStatusOf(
  { status, parkedAt, lease, error, waitsForProvider }: JobState,
  now: number,
): ListedStatus {
  if (status === "completed" || status === "failed" || status === "cancelled") return status;
  if (parkedAt !== null) return "parked";
  if (lease && lease.expiresAt > now) return "running";
  return error && !waitsForProvider ? "retrying" : "waiting";
}
