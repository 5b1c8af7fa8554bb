import { readerOf } from "./byte-reader.ts";
import {
  type HuffmanCodes,
  type HuffmanTable,
  huffmanTable,
  readHuffman,
  standardTables,
} from "./huffman.ts";
import type { Component, Frame } from "./jpeg-frame.ts";
import { photoBudget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";

export interface ScanComponent {
  component: Component;
  quantization: Uint16Array;
  dc: HuffmanTable;
  ac: HuffmanTable;
  /** The DC coefficient of its block before. */
  prediction: number;
}

export interface Scan {
  frame: Frame;
  components: readonly ScanComponent[];
  /** The first and the last coefficient, and whether they were in an earlier scan. */
  first: number;
  last: number;
  isRefinement: boolean;
  /** The bit of the coefficients that is read, or down to which they are. Progressive photos only. */
  low: number;
  /** In MCUs; 0 for none. */
  restartInterval: number;
}

/** What the segments before a scan have set. */
export interface DecoderState {
  frame: Frame | null;
  quantization: Map<number, Uint16Array>;
  /** By {@link tableKey}. */
  huffman: Map<string, HuffmanCodes>;
  /** In MCUs; 0 for none. */
  restartInterval: number;
}

export const tableKey = ({ isAc, id }: Pick<HuffmanCodes, "isAc" | "id">) =>
  `${isAc ? "AC" : "DC"}${id}`;

const standard = new Map(
  readHuffman(standardTables, photoBudget()).map((codes) => [tableKey(codes), codes]),
);

/** A scan, and the tables that its camera left out because they are the standard's. */
export function readScanHeader(
  decoder: DecoderState,
  body: Uint8Array,
): { scan: Scan; added: HuffmanCodes[] } {
  const added: HuffmanCodes[] = [];
  const { frame, restartInterval } = decoder;
  if (!frame) throw damaged("its size is missing");
  const reader = readerOf(body);
  const count = reader.uint(1);
  if (count < 1 || count > 4 || reader.left !== 2 * count + 3) {
    throw damaged("the header of a scan is broken");
  }
  const ids = Array.from({ length: count }, () => [reader.uint(1), reader.uint(1)] as const);
  const [first, last, bits] = [reader.uint(1), reader.uint(1), reader.uint(1)];
  const [high, low] = [bits >> 4, bits & 15];
  const isRefinement = high > 0;
  if (frame.isProgressive) checkProgression({ first, last, count, high, low });
  const needs = {
    dc: !frame.isProgressive || (first === 0 && !isRefinement),
    ac: !frame.isProgressive || first > 0,
  };
  const tableOf = (isAc: boolean, id: number) => {
    if (!(isAc ? needs.ac : needs.dc)) return noTable;
    const key = tableKey({ isAc, id });
    const given = decoder.huffman.get(key);
    if (given) return huffmanTable(given);
    const codes = frame.isProgressive ? undefined : standard.get(key);
    if (!codes) throw damaged("a table of it is missing");
    decoder.huffman.set(key, codes);
    added.push(codes);
    return huffmanTable(codes);
  };
  const components = ids.map(([id, tables]) => {
    const component = frame.components.find((it) => it.id === id);
    if (!component) throw damaged("the header of a scan is broken");
    const quantization = decoder.quantization.get(component.quantization);
    if (!quantization) throw damaged("a table of it is missing");
    const [dc, ac] = [tableOf(false, tables >> 4), tableOf(true, tables & 15)];
    return { component, quantization, dc, ac, prediction: 0 };
  });
  const scan = { frame, components, first, last, low, isRefinement, restartInterval };
  return { scan, added };
}

const noTable = huffmanTable({ isAc: true, counts: new Uint8Array(0), symbols: new Uint8Array(0) });

interface Progression {
  first: number;
  last: number;
  count: number;
  /** The bit of the coefficients that was read last, and the one that is read now. */
  high: number;
  low: number;
}

/** ITU-T T.81, G.1.1.1.1. */
function checkProgression({ first, last, count, high, low }: Progression): void {
  const isBand = first === 0 ? last === 0 : last >= first && last < 64 && count === 1;
  if (isBand && low <= 13 && (high === 0 || high === low + 1)) return;
  throw damaged("the header of a scan is broken");
}
