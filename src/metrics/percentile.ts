/**
 * The value that a share of what was observed does not exceed, within its bucket as if those were
 * spread evenly; null when nothing was observed. `counts` has one more than `bounds`, for what lies
 * beyond the last: of those only that bound is known.
 */
export function percentile(
  share: number,
  bounds: readonly number[],
  counts: readonly number[],
): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all <= 0) return null;
  let below = 0;
  for (const [place, count] of counts.entries()) {
    const lower = bounds[place - 1] ?? 0;
    const upper = bounds[place];
    if (upper === undefined) return lower;
    if (count > 0 && below + count >= share * all) {
      return lower + ((share * all - below) / count) * (upper - lower);
    }
    below += count;
  }
  return null;
}
