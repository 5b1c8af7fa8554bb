import { endFlag, type HuffmanTable, longCode, noCode, shortBits } from "./huffman.ts";

export type Bits = ReturnType<typeof bitsOf>;

/** The bits of a scan, without the zeros after 0xFF. At a marker they end; zeros follow. */
export function bitsOf(photo: Uint8Array, from: number) {
  let at = from;
  // Of 30 bits: larger numbers are allocated where the engine compresses pointers.
  let buffer = 0;
  let count = 0;
  /** Of the bits in the buffer, those that were not in the photo. */
  let padding = 0;
  let isDamaged = false;

  /** Leaves at least 23 bits in the buffer. */
  function fill(): void {
    while (count <= 22) {
      const byte = padding === 0 && at < photo.length ? (photo[at] ?? 0) : -1;
      const next = byte === 0xff ? stuffedAt(at) : at;
      if (byte === -1 || next === -1) padding += 8;
      else at = next + 1;
      buffer = ((buffer & 0x3fffff) << 8) | (padding > 0 ? 0 : byte);
      count += 8;
    }
  }

  /** The 0 after a 0xFF, or after several; -1 at a marker. */
  function stuffedAt(ff: number): number {
    let next = ff + 1;
    while (photo[next] === 0xff) next += 1;
    return photo[next] === 0 ? next : -1;
  }

  function entryOf(table: HuffmanTable, next16: number): number {
    const entry = longCode(table, next16);
    if (entry === noCode) isDamaged = true;
    return entry;
  }

  function symbol(table: HuffmanTable): number {
    if (count < 17) fill();
    const entry =
      table.short[(buffer >> (count - shortBits)) & ((1 << shortBits) - 1)] ||
      entryOf(table, (buffer >> (count - 16)) & 0xffff);
    count -= entry >> 8;
    return entry & 255;
  }

  function read(length: number): number {
    if (count < length) fill();
    count -= length;
    return (buffer >> count) & ((1 << length) - 1);
  }

  return {
    symbol,
    read,
    /** A number of so many bits (ITU-T T.81, F.2.2.1). */
    signed(length: number): number {
      const value = read(length);
      return length === 0 || value >> (length - 1) ? value : value - (1 << length) + 1;
    },
    /**
     * Skips the AC coefficients of a sequential block from an index on. Most of the time that reading a
     * large photo takes is spent here: the state is in local variables.
     */
    skipCoefficients(table: HuffmanTable, from: number): void {
      const { short, skips } = table;
      let [bits, left] = [buffer, count];
      for (let index = from; index < 64;) {
        if (left < 17) {
          count = left;
          fill();
          [bits, left] = [buffer, count];
        }
        const start = (bits >> (left - shortBits)) & ((1 << shortBits) - 1);
        const skip = skips[start] ?? 0;
        if (skip !== 0 && index + ((skip >> 8) & 255) < 64) {
          left -= skip & 255;
          index += (skip >> 16) & 255;
          if (skip < endFlag && index > 64) isDamaged = true;
          continue;
        }
        const entry = short[start] || entryOf(table, (bits >> (left - 16)) & 0xffff);
        const [run, size] = [(entry >> 4) & 15, entry & 15];
        left -= entry >> 8;
        if (size === 0 && run < 15) break;
        index += run + 1;
        if (index > 64) isDamaged = true;
        if (left < size) {
          count = left;
          fill();
          [bits, left] = [buffer, count];
        }
        left -= size;
      }
      count = left;
    },
    isAtEnd: () => padding > count,
    /** Whether bits were read that are no code, or that lead past the last coefficient of a block. */
    isDamaged: () => isDamaged,
    /** Whether the bits that are left of the last byte are ones. */
    isFilled(): boolean {
      const left = Math.max(0, count - padding) & 7;
      const ones = (1 << left) - 1;
      return ((buffer >> (count - left)) & ones) === ones;
    },
    /** After the last byte that was read from. */
    end(): number {
      let end = at;
      for (let whole = Math.max(0, count - padding) >> 3; whole > 0; whole--) {
        end -= photo[end - 1] === 0 && photo[end - 2] === 0xff ? 2 : 1;
      }
      return end;
    },
    restart(from: number): void {
      at = from;
      buffer = count = padding = 0;
    },
  };
}
