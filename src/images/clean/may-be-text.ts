import { asciiOf } from "./byte-reader.ts";

/** Each is found by chance at the end of one in a hundred scans at most. */
const patterns = [
  // ASCII.
  /[ -~]{10}/g,
  // Hangul, in UTF-8.
  /(?:[\xea-\xed][\x80-\xbf]{2} ?){2}/g,
  // ASCII and Hangul, in UTF-16 of either byte order.
  /(?:[^][\xac-\xd7\0]){6}/g,
  // Numbers below 16 million, as positions are written.
  /(?:\0[^]{3}){3}/g,
];
/** The codes of an even surface repeat fewer values. */
const fewestValues = 5;
const searchedBytes = 128;

/** Whether there may be a text, or a position, at the end of bytes that ought to be the codes of pixels. */
export function mayBeText(codes: Uint8Array): boolean {
  const tail = asciiOf(codes.subarray(-searchedBytes));
  return patterns.some((pattern) =>
    tail.matchAll(pattern).some(([found]) => new Set(found).size >= fewestValues),
  );
}
