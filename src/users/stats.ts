import { z } from "zod";
import { parseRows } from "../platform/parse-rows.ts";

const CountRow = z.object({
  status: z.string(),
  major: z.string().nullable(),
  middle: z.string().nullable(),
  reward_code: z.string().nullable(),
  scans: z.int(),
});
type CountRow = z.infer<typeof CountRow>;

/**
 * The totals of a user's ended scans, most frequent first.
 * @param counts how many scans have the same outcome, a row each.
 */
export function statsOf(counts: readonly unknown[]) {
  const rows = parseRows(CountRow, counts, { store: "scans" });
  const classified = rows.filter(({ major }) => major !== null);
  const rewarded = rows.filter(({ reward_code }) => reward_code !== null);
  const count = (status: string) => sum(rows.filter((it) => it.status === status));
  return {
    total: sum(rows),
    by_status: {
      completed: count("completed"),
      failed: count("failed"),
      cancelled: count("cancelled"),
    },
    by_category: groupsOf(classified, ({ major, middle }) => `${major} ${middle}`).map((group) => ({
      major: group[0]?.major ?? null,
      middle: group[0]?.middle ?? null,
      scans: sum(group),
      rewards: sum(group.filter(({ reward_code }) => reward_code !== null)),
    })),
    rewards: {
      total: sum(rewarded),
      by_character: groupsOf(rewarded, ({ reward_code }) => reward_code ?? "").map((group) => ({
        code: group[0]?.reward_code ?? null,
        scans: sum(group),
      })),
    },
  };
}

const sum = (rows: readonly CountRow[]): number => rows.reduce((all, { scans }) => all + scans, 0);

/** Groups rows by key, those with the most scans first. */
function groupsOf(rows: readonly CountRow[], keyOf: (row: CountRow) => string): CountRow[][] {
  return [...Map.groupBy(rows, keyOf).values()].toSorted((one, other) => sum(other) - sum(one));
}
