import { plural } from "../format.ts";

/** What became of jobs that were not cancelled, where their status does not say it. */
const others: Readonly<Record<string, string>> = {
  "not-found": "deleted before",
  unreachable: "not reached and not cancelled: cancel again",
};

/** `3 jobs cancelled, 1 completed before`. */
export function cancelWords(statuses: readonly string[]): string {
  const counts = Map.groupBy(statuses, (status) => status);
  const cancelled = counts.get("cancelled")?.length ?? 0;
  const rest = Array.from(counts)
    .filter(([status]) => status !== "cancelled")
    .map(([status, { length }]) => `${length} ${others[status] ?? `${status} before`}`);
  return [`${plural(cancelled, "job")} cancelled`, ...rest].join(", ");
}
