import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";

/** Codes of up to so many bits are looked up in one step. */
export const shortBits = 11;

/** Canonical codes. Entries are the length of a code << 8 | its symbol. */
export interface HuffmanTable {
  /** For each `shortBits` bits, the entry of the code they start with; 0 for a longer one. */
  short: Uint16Array;
  /** For each length, the first 16 bits that start with no code of up to it. */
  limits: Uint32Array;
  /** For each length, what a code of it is added to for the index of its symbol. */
  offsets: Int32Array;
  symbols: Uint8Array;
  /** For each `shortBits` bits, how to skip the AC coefficients that they start with. */
  skips: Int32Array;
}

/** What libjpeg reads where no code matches: 17 bits, as the symbol 0. */
export const noCode = 17 << 8;

export interface HuffmanCodes {
  /** Its part of the segment. */
  body: Uint8Array;
  isAc: boolean;
  id: number;
  /** How many codes there are of 1 to 16 bits. */
  counts: Uint8Array;
  symbols: Uint8Array;
}

/** The tables of a DHT segment (ITU-T T.81, B.2.4.2). They have to fill it: what is left is no table. */
export function readHuffman(body: Uint8Array, budget: Budget): HuffmanCodes[] {
  const tables: HuffmanCodes[] = [];
  for (let at = 0; at < body.length;) {
    budget.piece();
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const symbols = body.subarray(at + 17, at + 17 + total);
    const head = body[at] ?? 0;
    const [kind, id] = [head >> 4, head & 15];
    const isFit = counts.length === 16 && symbols.length === total && kind <= 1 && id <= 3;
    if (!isFit || !areSymbols(symbols, kind === 1)) throw damaged("a table of it is broken");
    const end = at + 17 + total;
    tables.push({ body: body.subarray(at, end), isAc: kind === 1, id, counts, symbols });
    at = end;
  }
  return tables;
}

/** The most bits of a coefficient, and of the difference of two average brightnesses, where a sample has 8. */
const maxBits = { ac: 10, dc: 11 };

/** Each stands for something else. Others are not of a table, but of what follows one that lacks some bytes. */
function areSymbols(symbols: Uint8Array, isAc: boolean): boolean {
  if (new Set(symbols).size < symbols.length) return false;
  return symbols.every((symbol) => (isAc ? (symbol & 15) <= maxBits.ac : symbol <= maxBits.dc));
}

export function huffmanTable({
  isAc,
  counts,
  symbols,
}: Pick<HuffmanCodes, "isAc" | "counts" | "symbols">): HuffmanTable {
  const short = new Uint16Array(1 << shortBits);
  const limits = new Uint32Array(17);
  const offsets = new Int32Array(17);
  let from = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0;
    offsets[length] = index - (from >> (16 - length));
    for (const symbol of symbols.subarray(index, index + count)) {
      const until = from + (1 << (16 - length));
      if (until > 1 << 16) throw damaged("a table of it is broken");
      const unused = 16 - shortBits;
      if (length <= shortBits) short.fill((length << 8) | symbol, from >> unused, until >> unused);
      from = until;
    }
    index += count;
    limits[length] = from;
  }
  return { short, limits, offsets, symbols, skips: isAc ? skipsOf(short) : noSkips };
}

const noSkips = new Int32Array(0);
/** As many bits may be skipped at once. */
const maxSkip = 17;

/** Of a skip to the end of its block. */
export const endFlag = 1 << 24;

/**
 * Skips of several coefficients: their bits, the coefficients (zeros, too) before the last one << 8, and all
 * of them << 16; with `endFlag`, the rest of the block. 0 where the first does not fit.
 */
function skipsOf(short: Uint16Array): Int32Array {
  return Int32Array.from(short, (_, bits) => {
    let [skip, used, before] = [0, 0, 0];
    while (used < shortBits) {
      const entry = short[(bits << used) & ((1 << shortBits) - 1)] ?? 0;
      const [length, run, size] = [entry >> 8, (entry >> 4) & 15, entry & 15];
      // Bits behind the `shortBits` are not known.
      if (entry === 0 || used + length > shortBits || used + length + size > maxSkip) break;
      used += length + size;
      const isEnd = size === 0 && run < 15;
      const after = before + (isEnd ? 64 : run + 1);
      skip = used | (before << 8) | (after << 16) | (isEnd ? endFlag : 0);
      if (isEnd || after >= 64) break;
      before = after;
    }
    return skip;
  });
}

/** The entry of the code that 16 bits start with, when `short` does not have it. */
export function longCode({ limits, offsets, symbols }: HuffmanTable, bits: number): number {
  for (let length = shortBits + 1; length <= 16; length++) {
    if (bits >= (limits[length] ?? 0)) continue;
    return (length << 8) | (symbols[(offsets[length] ?? 0) + (bits >> (16 - length))] ?? 0);
  }
  return noCode;
}

const standardHex =
  "0000010501010101010100000000000000000102030405060708090a0b01000301010101010101010100000000000001" +
  "02030405060708090a0b100002010303020403050504040000017d010203000411051221314106135161072271143281" +
  "91a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a53545556" +
  "5758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3" +
  "b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa110002" +
  "0102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f01562" +
  "72d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a" +
  "737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5" +
  "c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa";

/**
 * The tables of ITU-T T.81, K.3, as the body of a DHT segment. The frames of some cameras leave them out.
 */
export const standardTables = Uint8Array.from(standardHex.match(/../g) ?? [], (it) =>
  Number.parseInt(it, 16),
);
