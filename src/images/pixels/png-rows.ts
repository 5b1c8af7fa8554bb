import { pngPasses } from "../clean/png-header.ts";
import type { PngHeader } from "./png-colors.ts";

/** The rows in the order in which they are stored. */
export function* pngRows(header: PngHeader) {
  for (const { left, top, across, down, pixels, rowBytes } of pngPasses(header)) {
    for (let y = top; y < header.height; y += down) {
      yield { x: left, y, step: across, pixels, bytes: rowBytes, isFirst: y === top };
    }
  }
}

/**
 * Undoes the filter of a row (W3C PNG, 9), whose type is its first byte.
 *
 * @param above The row above, whose filter is undone.
 * @param step The bytes of a pixel, at least 1.
 */
export function unfilter(row: Uint8Array, above: Uint8Array, step: number): void {
  const type = row[0];
  const left = (at: number) => (at > step ? (row[at - step] ?? 0) : 0);
  if (type === 1) {
    for (let at = 1; at < row.length; at++) row[at] = (row[at] ?? 0) + left(at);
  } else if (type === 2) {
    for (let at = 1; at < row.length; at++) row[at] = (row[at] ?? 0) + (above[at] ?? 0);
  } else if (type === 3) {
    for (let at = 1; at < row.length; at++) {
      row[at] = (row[at] ?? 0) + ((left(at) + (above[at] ?? 0)) >> 1);
    }
  } else if (type === 4) {
    for (let at = 1; at < row.length; at++) {
      const corner = at > step ? (above[at - step] ?? 0) : 0;
      row[at] = (row[at] ?? 0) + paeth(left(at), above[at] ?? 0, corner);
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
