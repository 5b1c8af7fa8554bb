import { joined } from "./byte-reader.ts";
import { type Codes, codesOf, maxBits, shortMask } from "./deflate-codes.ts";
import type { Budget } from "./photo-budget.ts";

const windowBytes = 32_768;
const endOfBlock = 256;

/** Lengths and distances (RFC 1951, 3.2.5): what each symbol starts from, and how many bits are added. */
const lengths = steps({ first: 3, symbols: 28, grouped: 4 });
lengths.extra[28] = 0;
lengths.from[28] = 258;
const distances = steps({ first: 1, symbols: 30, grouped: 2 });

function steps({ first, symbols, grouped }: { first: number; symbols: number; grouped: number }) {
  const [from, extra] = [new Uint16Array(symbols + 1), new Uint8Array(symbols + 1)];
  for (let symbol = 0, next = first; symbol < symbols; symbol++) {
    extra[symbol] = Math.max(0, Math.floor(symbol / grouped) - 1);
    from[symbol] = next;
    next += 1 << (extra[symbol] ?? 0);
  }
  return { from, extra };
}

/** The order in which the lengths of the codes for lengths are written. */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const fixedLengths = Uint8Array.from({ length: 288 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
const fixed = { literals: codesOf(fixedLengths), distances: codesOf(new Uint8Array(32).fill(5)) };

/**
 * Finds the end of a zlib stream (RFC 1950, 1951) without inflating it: that takes neither the time nor the memory.
 *
 * @param size How many bytes it has to inflate to.
 * @returns After its checksum; null when it is damaged, cut short, or inflates to more or less.
 */
export function zlibEnd(parts: readonly Uint8Array[], size: number, budget: Budget): number | null {
  const stream = joined([...parts, new Uint8Array(padding)]);
  const bitsOfStream = 8 * (stream.length - padding);
  const [method = 0, flags = 0] = stream;
  if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0 || flags & 0x20) return null;
  /** In bits. */
  let at = 16;
  let written = 0;

  /** The next 17 bits, and up to 7 more. */
  function next(from: number): number {
    const byte = from >> 3;
    const three =
      (stream[byte] ?? 0) | ((stream[byte + 1] ?? 0) << 8) | ((stream[byte + 2] ?? 0) << 16);
    return three >> (from & 7);
  }
  function read(length: number): number {
    const value = next(at) & ((1 << length) - 1);
    at += length;
    return value;
  }
  /** -1 for bits that are no code. */
  function symbolOf({ short, counts, symbols: all }: Codes): number {
    const bits = next(at);
    const entry = short[bits & shortMask] ?? 0;
    if (entry !== 0) {
      at += entry & 15;
      return entry >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= maxBits; length++) {
      code |= (bits >> (length - 1)) & 1;
      const these = counts[length] ?? 0;
      if (code - these < first) {
        at += length;
        return all[index + code - first] ?? -1;
      }
      index += these;
      first = (first + these) << 1;
      code <<= 1;
    }
    return -1;
  }

  function readLengths(codes: Codes, total: number): Uint8Array | null {
    const bits = new Uint8Array(total);
    for (let index = 0; index < total;) {
      const symbol = symbolOf(codes);
      if (symbol < 0) return null;
      if (symbol < 16) {
        bits[index++] = symbol;
        continue;
      }
      const [value, times] =
        symbol === 16
          ? [bits[index - 1] ?? -1, 3 + read(2)]
          : [0, symbol === 17 ? 3 + read(3) : 11 + read(7)];
      if (value < 0 || index + times > total) return null;
      bits.fill(value, index, index + times);
      index += times;
    }
    return bits;
  }

  function readTables() {
    const [literals, others, own] = [257 + read(5), 1 + read(5), 4 + read(4)];
    const order = new Uint8Array(19);
    for (const place of lengthOrder.slice(0, own)) order[place] = read(3);
    const codes = codesOf(order);
    const bits = codes && readLengths(codes, literals + others);
    if (!bits || bits[endOfBlock] === 0) return null;
    return {
      literals: codesOf(bits.subarray(0, literals)),
      distances: codesOf(bits.subarray(literals)),
    };
  }

  function readCodes(literals: Codes, others: Codes): boolean {
    const { short } = literals;
    for (;;) {
      // Most of the time is spent with literals that follow each other.
      const before = written;
      let from = at;
      for (; from < bitsOfStream; written++) {
        const entry = short[next(from) & shortMask] ?? 0;
        if (entry === 0 || entry >= endOfBlock << 4) break;
        from += entry & 15;
      }
      at = from;
      budget.codes(written - before + 1);
      const symbol = symbolOf(literals);
      if (symbol === endOfBlock) return written <= size;
      if (symbol < 0 || symbol > 285 || at > bitsOfStream) return false;
      if (symbol < endOfBlock) written += 1;
      else {
        const length = (lengths.from[symbol - 257] ?? 0) + read(lengths.extra[symbol - 257] ?? 0);
        const place = symbolOf(others);
        if (place < 0 || place > 29) return false;
        const distance = (distances.from[place] ?? 0) + read(distances.extra[place] ?? 0);
        if (distance > Math.min(written, windowBytes)) return false;
        written += length;
      }
      if (written > size) return false;
    }
  }

  function readStored(): boolean {
    const from = (at + 7) >> 3;
    const [low = 0, high = 0, notLow = 0, notHigh = 0] = stream.subarray(from, from + 4);
    const length = low | (high << 8);
    if ((length ^ 0xffff) !== (notLow | (notHigh << 8))) return false;
    at = 8 * (from + 4 + length);
    written += length;
    return written <= size;
  }

  for (let isLast = false; !isLast;) {
    budget.piece();
    budget.piece();
    isLast = read(1) === 1;
    const kind = read(2);
    if (kind === 3 || at > bitsOfStream) return null;
    if (kind === 0) {
      if (!readStored()) return null;
      continue;
    }
    const tables = kind === 1 ? fixed : readTables();
    if (!tables?.literals || !tables.distances) return null;
    if (!readCodes(tables.literals, tables.distances)) return null;
  }
  const end = ((at + 7) >> 3) + checksumBytes;
  return written === size && 8 * end <= bitsOfStream ? end : null;
}

/** Read beyond the end, which shows that it is cut short. */
const padding = 8;
const checksumBytes = 4;
