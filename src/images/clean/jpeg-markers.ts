import { mayBeText } from "./may-be-text.ts";

export const isRestart = (marker: number | undefined) =>
  marker !== undefined && marker >= 0xd0 && marker <= 0xd7;

/** The next marker's 0xFF; the end of the photo when there is none. */
export function nextMarker(photo: Uint8Array, from: number): number {
  // A search from each 0xFF on would take ten times as long where there is one after the other.
  for (let at = from; at < photo.length; at++) {
    if (photo[at] !== 0xff) continue;
    const marker = photo[at + 1];
    if (marker !== undefined && marker !== 0 && marker !== 0xff) return at;
  }
  return photo.length;
}

/** The marker behind a scan, of which the codes are not read. */
export function scanEnd(photo: Uint8Array, from: number): number {
  let end = nextMarker(photo, from);
  while (isRestart(photo[end + 1])) end = nextMarker(photo, end + 2);
  return end;
}

/** What follows the scans of a photo that is in order: tables, the next scan, or the end. */
const successors = new Set([0xc4, 0xd9, 0xda, 0xdb, 0xdc, 0xdd]);

/**
 * Finds the marker that ends a scan. In doubt when there is none, when it is none that follows a scan, or
 * when the bytes before it may be text: then only reading the codes shows where they end.
 *
 * @returns Null in doubt.
 */
export function findScan(photo: Uint8Array, from: number): number | null {
  const end = scanEnd(photo, from);
  const isClear = successors.has(photo[end + 1] ?? 0) && !mayBeText(photo.subarray(from, end));
  return isClear ? end : null;
}
