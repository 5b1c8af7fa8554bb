import { createHash } from "node:crypto";

/** A number from 0 to 1 (excluded) that depends on the seed and the parts alone. */
export function seeded(seed: string, ...parts: (string | number)[]): number {
  const hash = createHash("sha256").update([seed, ...parts].join("\n"));
  return hash.digest().readUInt32BE() / 2 ** 32;
}

/** One of the values, by the seed and the parts. */
export function pick<Value>(values: readonly Value[], seed: string, ...parts: (string | number)[]) {
  const value = values[Math.floor(seeded(seed, ...parts) * values.length)];
  if (value === undefined) throw new RangeError("There is nothing to pick from");
  return value;
}
