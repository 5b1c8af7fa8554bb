import { plural } from "../format.ts";

/** What became of jobs that were not cancelled, where their status does not say it. */
const others: Readonly<Record<string, string>> = {
  "not-found": "deleted before",
  unreachable: "not reached and not cancelled: cancel again",
};

/** `3 jobs cancelled, 1 completed before`. What somebody else has cancelled was cancelled before. */
export function cancelWords(jobs: readonly { status: string; changed: boolean }[]): string {
  const before = jobs.filter(({ changed }) => !changed);
  const counts = Map.groupBy(before, ({ status }) => status);
  const rest = Array.from(
    counts,
    ([status, { length }]) => `${length} ${others[status] ?? `${status} before`}`,
  );
  return [`${plural(jobs.length - before.length, "job")} cancelled`, ...rest].join(", ");
}
