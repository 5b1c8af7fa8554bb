/** From a time to a time, both included, Unix ms. */
export type TimeRange = readonly [from: number, to: number];

/** The ranges in order, those joined that overlap. */
export function joinRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const joined: [number, number][] = [];
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** Whether a range overlaps one of these, which `joinRanges` has put in order. */
export function overlaps(joined: readonly TimeRange[], [from, to]: TimeRange): boolean {
  let low = 0;
  let high = joined.length;
  // The first of the ranges that ends at `from` or later.
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((joined[middle]?.[1] ?? Infinity) < from) low = middle + 1;
    else high = middle;
  }
  const found = joined[low];
  return found !== undefined && found[0] <= to;
}
