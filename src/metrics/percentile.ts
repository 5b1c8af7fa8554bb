/**
 * A percentile of a histogram, interpolated linearly within its bucket as `histogram_quantile` does.
 *
 * @param share 0.95 for the 95th percentile.
 * @param counts one count for each bound, and one for what lies beyond the last.
 * @returns null without observations; the last bound when the percentile lies beyond it.
 */
export function percentile(
  share: number,
  bounds: readonly number[],
  counts: readonly number[],
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return null;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    const lower = bounds[index - 1] ?? 0;
    const upper = bounds[index];
    if (upper === undefined) return lower;
    if (count > 0 && below + count >= share * total) {
      return lower + ((share * total - below) / count) * (upper - lower);
    }
    below += count;
  }
  return null;
}
