import { photoBudget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";

/** Reads bytes from the front; throws `PhotoRefused` at what is not there. */
export interface Reader {
  readonly at: number;
  readonly left: number;
  take(length: number): Uint8Array;
  /** An unsigned integer of so many bytes. */
  uint(length: number): number;
}

export function readerOf(
  bytes: Uint8Array,
  order: "big" | "little" = "big",
  budget = photoBudget(),
): Reader {
  let at = 0;

  function take(length: number): Uint8Array {
    budget.read();
    if (length > bytes.length - at) throw damaged("it ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  }

  return {
    get at() {
      return at;
    },
    get left() {
      return bytes.length - at;
    },
    take,
    uint(length) {
      let value = 0;
      const digits = take(length);
      for (let index = 0; index < length; index++) {
        value = value * 256 + (digits[order === "big" ? index : length - 1 - index] ?? 0);
      }
      if (!Number.isSafeInteger(value)) throw damaged("a number in it is too large");
      return value;
    },
  };
}

/** Four-character codes and names, byte by byte. */
export const asciiOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Big-endian, as JPEG, PNG and HEIC write them. */
export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
