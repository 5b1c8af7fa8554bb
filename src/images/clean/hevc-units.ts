import { readerOf } from "./byte-reader.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";

/** Types of units (ITU-T H.265, table 7-1): pictures, sets of parameters, and what separates pictures. */
const lastKept = 37;
const filler = 38;
const headerBytes = 2;
const configurationBytes = 22;

const typeOf = (unit: Uint8Array) => (unit[0] ?? 0) >> 1;

/** Makes a unit that decoders do not read one of filler data, as long as before. Messages may hold texts. */
function keepUnit(unit: Uint8Array): void {
  if (unit.length < headerBytes || (unit[0] ?? 0) > 0x7f) throw damaged("its pixels are damaged");
  if (typeOf(unit) <= lastKept) return;
  unit.fill(0xff).set([filler << 1, 1]);
  if (unit.length > headerBytes) unit[unit.length - 1] = 0x80;
}

/**
 * Leaves the units of a picture that decoders read.
 *
 * @param codes Is changed. They have to be whole units, each behind its length.
 * @param lengthBytes Of each length.
 */
export function keepUnits(codes: Uint8Array, lengthBytes: number, budget: Budget): void {
  const reader = readerOf(codes, "big", budget);
  while (reader.left > 0) {
    budget.piece();
    keepUnit(reader.take(reader.uint(lengthBytes)));
  }
}

/**
 * Leaves the sets of parameters of a decoder's configuration (ISO/IEC 14496-15, 8.3.2.1), which have to fill it.
 *
 * @param configuration Is changed.
 * @returns How many bytes the lengths before the units of its pictures have.
 */
export function keepConfiguration(configuration: Uint8Array, budget: Budget): number {
  const reader = readerOf(configuration, "big", budget);
  const lengthBytes = ((reader.take(configurationBytes).at(-1) ?? 0) & 3) + 1;
  for (let arrays = reader.uint(1); arrays > 0; arrays--) {
    budget.piece();
    const head = reader.take(1);
    const isKept = ((head[0] ?? 0) & 0x3f) <= lastKept;
    if (!isKept) head[0] = filler;
    for (let units = reader.uint(2); units > 0; units--) {
      budget.piece();
      keepUnit(reader.take(reader.uint(2)));
    }
  }
  if (reader.left > 0) throw damaged("a box of it has a wrong length");
  return lengthBytes;
}
