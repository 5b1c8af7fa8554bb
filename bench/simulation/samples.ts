/** Measured values, and what so many percent of them are not above. */
export function samples() {
  const values: number[] = [];
  let sorted = true;
  return {
    add(value: number) {
      values.push(value);
      sorted = false;
    },
    clear() {
      values.length = 0;
    },
    count: () => values.length,
    mean: () => values.reduce((sum, value) => sum + value, 0) / values.length,
    percentile(percent: number): number {
      if (!sorted) values.sort((a, b) => a - b);
      sorted = true;
      return values[Math.min(values.length - 1, Math.floor((values.length * percent) / 100))] ?? 0;
    },
  };
}
export type Samples = ReturnType<typeof samples>;
