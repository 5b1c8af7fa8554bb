/** A part of so many bytes that two photos do not have in common by chance. */
const windowBytes = 8;
/** A shorter run of other bytes, such as zeros and a length, is in every photo. */
const fewestValues = 4;

const bits = 16;
const hashOf = (word: number) => Math.imul(word, 0x9e3779b1) >>> (32 - bits);
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/**
 * Looks for parts of what was planted.
 *
 * @param planted Texts and numbers, as they were planted.
 * @returns Where a part of 8 bytes of one of them is in a photo; -1 without one.
 */
export function secretSearch(planted: readonly Uint8Array[]): (photo: Uint8Array) => number {
  const parts = new Set<string>();
  const mayEnd = new Uint8Array(1 << bits);
  for (const bytes of planted) {
    for (let at = 0; at + windowBytes <= bytes.length; at++) {
      const part = bytes.subarray(at, at + windowBytes);
      if (new Set(part).size < fewestValues) continue;
      parts.add(textOf(part));
      mayEnd[hashOf(part.subarray(-4).reduce((word, byte) => (word << 8) | byte, 0))] = 1;
    }
  }
  return (photo) => {
    let last = 0;
    for (let at = 0; at < photo.length; at++) {
      last = (last << 8) | (photo[at] ?? 0);
      const from = at + 1 - windowBytes;
      if (mayEnd[hashOf(last)] === 0 || from < 0) continue;
      if (parts.has(textOf(photo.subarray(from, at + 1)))) return from;
    }
    return -1;
  };
}
