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

const maxBoxes = 10_000;

/** The boxes between two offsets, which they fill. */
export function boxesOf(file: Uint8Array, from: number, end: number): Box[] {
  const boxes: Box[] = [];
  let at = from;
  while (at < end) {
    if (boxes.length === maxBoxes) throw damaged("it is in too many pieces");
    const reader = readerOf(file.subarray(at, end));
    const length = reader.uint(4);
    const type = asciiOf(reader.take(4));
    // 1: the length stands after the type. 0: to the end of the file.
    const whole = length === 1 ? reader.uint(8) : length === 0 ? end - at : length;
    if (whole < reader.at || whole > end - at) throw damaged("a box of it ends too late");
    boxes.push({ type, from: at, body: at + reader.at, end: at + whole });
    at += whole;
  }
  return boxes;
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
