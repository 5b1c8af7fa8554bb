/** Random numbers that are the same for the same seed. */
export interface Random {
  /** From 0 to below 1. */
  uniform: () => number;
  exponential: (mean: number) => number;
  /** Half are below `p50`, and one in a hundred above `p99`. */
  logNormal: (shape: { p50: number; p99: number }) => number;
}

/** The standard normal's 99th percentile. */
const z99 = 2.326_347_874;

/** A 32-bit counter whose steps are mixed until no bit follows from another. */
export function seededRandom(seed: number): Random {
  let counter = seed >>> 0;
  function uniform(): number {
    counter = (counter + 0x9e37_79b9) >>> 0;
    let bits = counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0_aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a_2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    logNormal: ({ p50, p99 }) => p50 * Math.exp((Math.log(p99 / p50) / z99) * normal()),
  };
}
