import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, readerOf } from "./byte-reader.ts";

/** A box of the ISO base media format (ISO/IEC 14496-12): offsets into the whole file. */
export interface Box {
  type: string;
  /** Of its header. */
  from: number;
  /** Of what it holds. */
  body: number;
  end: number;
}

/** The most boxes in which the items of a file are. */
export const maxStores = 64;

export interface Range {
  from: number;
  end: number;
}

/**
 * The boxes of a file, up to bytes that are no box. Its data may end early or have a wrong length: where the
 * items in them are is written elsewhere.
 */
export function topBoxesOf(file: Uint8Array, budget: Budget): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < file.length; at = boxes.at(-1)?.end ?? file.length) {
    budget.piece();
    const box = boxAt(file, at, file.length);
    if (!box) break;
    if (box.end > file.length && box.type !== "mdat") break;
    boxes.push({ ...box, end: Math.min(box.end, file.length) });
  }
  return boxes;
}

/** The boxes between two offsets, which they fill. */
export function boxesOf(file: Uint8Array, { from, end }: Range, budget: Budget): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at < end; at = boxes.at(-1)?.end ?? end) {
    budget.piece();
    const box = boxAt(file, at, end);
    if (!box || box.end > end) throw damaged("a box of it ends too late");
    boxes.push(box);
  }
  return boxes;
}

/** Null when there is no whole header of a box. */
function boxAt(file: Uint8Array, from: number, end: number): Box | null {
  const reader = readerOf(file.subarray(from, end));
  if (reader.left < 8) return null;
  const length = reader.uint(4);
  const type = asciiOf(reader.take(4));
  // 1: the length stands after the type. 0: to the end of the file.
  if (length === 1 && reader.left < 8) return null;
  const whole = length === 1 ? reader.uint(8) : length === 0 ? end - from : length;
  return whole < reader.at ? null : { type, from, body: from + reader.at, end: from + whole };
}

/** The only box of a type. */
export function theBox(boxes: readonly Box[], type: string): Box {
  const [box, ...others] = boxes.filter((it) => it.type === type);
  if (!box || others.length > 0) throw damaged(`it has to have one ${type} box`);
  return box;
}

/** Makes a box one that readers skip, with nothing in it. */
export function blank(file: Uint8Array, { from, body, end }: Box): void {
  file.set([0x66, 0x72, 0x65, 0x65], from + 4);
  file.fill(0, body, end);
}
