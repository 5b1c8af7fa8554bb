import { readerOf } from "./byte-reader.ts";
import { checkSize } from "./cleaned.ts";
import { damaged } from "./photo-refused.ts";

/** 100 megapixels, of half as many colors as pixels across and down, have 2.3 million blocks. */
const maxBlockReads = 2_500_000;
/** Of eight bytes each. */
const maxStoredBlocks = 3_000_000;

export interface Component {
  id: number;
  /** The id of its quantization table. */
  quantization: number;
  /** Sampling factors: the blocks that it has in an MCU. */
  across: number;
  down: number;
  /** Blocks, of whole MCUs. */
  columns: number;
  rows: number;
  /** Blocks of a scan of this component alone. */
  ownColumns: number;
  ownRows: number;
  /** Rows of blocks for which there is memory. A later row takes the place of an earlier one. */
  storedRows: number;
  /** Per block, the coefficients that are kept. */
  coefficients: Int16Array;
  /** Per block, which of its 64 coefficients are not 0: two numbers of 32 bits. Progressive photos only. */
  nonZero: Uint32Array;
}

export interface Frame {
  width: number;
  height: number;
  isProgressive: boolean;
  /** The largest sampling factors: a component with them has every pixel. */
  across: number;
  down: number;
  mcuColumns: number;
  mcuRows: number;
  /** Blocks that may still be read, of all scans together. */
  blockReads: number;
  /** Blocks for which it may still be stored which of their coefficients are not 0. */
  freeBlocks: number;
  components: readonly Component[];
}

/** Libjpeg's limits, and the colors that browsers know: gray, three, or four. */
export function readFrameHeader(body: Uint8Array, isProgressive: boolean): Frame {
  const reader = readerOf(body);
  if (reader.uint(1) !== 8) throw damaged("its colors do not have 8 bits");
  const [height, width] = [reader.uint(2), reader.uint(2)];
  checkSize(width, height);
  const count = reader.uint(1);
  if (![1, 3, 4].includes(count) || reader.left !== 3 * count) {
    throw damaged("its header is broken");
  }
  const fields = Array.from({ length: count }, () => {
    const [id, sampling, quantization] = [reader.uint(1), reader.uint(1), reader.uint(1)];
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) throw damaged("its header is broken");
    // A component alone has blocks of its own size, whatever its factors.
    return count === 1
      ? { id, quantization, across: 1, down: 1 }
      : { id, quantization, across, down };
  });
  const across = Math.max(...fields.map((it) => it.across));
  const down = Math.max(...fields.map((it) => it.down));
  const mcuColumns = Math.ceil(width / (8 * across));
  const mcuRows = Math.ceil(height / (8 * down));
  const components = fields.map((it): Component => {
    const [columns, rows] = [mcuColumns * it.across, mcuRows * it.down];
    return Object.assign(it, {
      columns,
      rows,
      ownColumns: Math.ceil(Math.ceil((width * it.across) / across) / 8),
      ownRows: Math.ceil(Math.ceil((height * it.down) / down) / 8),
      storedRows: rows,
      coefficients: new Int16Array(0),
      nonZero: new Uint32Array(0),
    });
  });
  return {
    isProgressive,
    width,
    height,
    across,
    down,
    mcuColumns,
    mcuRows,
    blockReads: maxBlockReads,
    freeBlocks: maxStoredBlocks,
    components,
  };
}
