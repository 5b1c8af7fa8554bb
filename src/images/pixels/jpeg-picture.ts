import type { Frame } from "../clean/jpeg-frame.ts";
import type { Scan } from "../clean/jpeg-scan-header.ts";
import { scanEnd } from "../clean/jpeg-markers.ts";
import { readScan } from "../clean/jpeg-scan.ts";
import { areaAverage, type Pixels, reductionOf } from "./area-average.ts";
import type { RowColors } from "./jpeg-colors.ts";
import { type BlockSize, scaledIdct } from "./scaled-idct.ts";

/** For the coefficients of a photo that is only complete with its last scan. */
const maxStoredBytes = 24 * 1024 * 1024;
const blockSizes = [8, 4, 2, 1] as const;

/** The pixels of a JPEG, while its scans are read. */
export function jpegPicture(first: Scan, least: number, writeColors: RowColors) {
  const { frame } = first;
  const { components } = frame;
  // Rows of MCUs are complete, one after the other, when one scan has all components.
  const isStreamed = !frame.isProgressive && first.components.length === components.length;
  const reduction = reductionOf(frame.width, frame.height, least);
  const size =
    blockSizes.find(
      (it) => (8 / it) * 2 > reduction && (isStreamed || storedBytes(frame, it) <= maxStoredBytes),
    ) ?? 1;
  const { kept, factors, writeBlock } = scaledIdct(size);
  const [width, height] = [frame.width, frame.height].map((it) => Math.ceil((it * size) / 8));
  const average = areaAverage(width ?? 0, height ?? 0, least);
  const row = new Uint8ClampedArray(3 * (width ?? 0));

  const planes = components.map((component) => {
    const { across, down, columns } = component;
    if (isStreamed) component.storedRows = down;
    component.coefficients = new Int16Array(columns * component.storedRows * kept.size);
    const stride = columns * size;
    return {
      component,
      /** 0 before the component's first scan: its pixels are gray. */
      factors: factors(new Uint16Array(64)),
      pixels: new Uint8ClampedArray(stride * down * size),
      stride,
      samples: new Uint8ClampedArray(width ?? 0),
      isFull: across === frame.across,
      columnOf: Uint16Array.from({ length: width ?? 0 }, (_, x) => (x * across) / frame.across),
    };
  });
  let written = 0;

  /** Writes the rows of MCUs before one. Those that were not read are gray. */
  function writeUntil(end: number): void {
    for (; written < end; written++) {
      planes.forEach(writePlane);
      for (let y = 0; y < frame.down * size; y++) {
        writeColors(
          planes.map((plane) => samplesOf(plane, y)),
          row,
        );
        average.add(row, { x: 0, y: written * frame.down * size + y, step: 1 });
      }
      if (isStreamed) for (const { component } of planes) component.coefficients.fill(0);
    }
  }

  function writePlane({ component, factors, pixels, stride }: (typeof planes)[number]): void {
    const { columns, down, storedRows, coefficients } = component;
    for (let y = 0; y < down; y++) {
      const from = ((written * down + y) % storedRows) * columns;
      for (let x = 0; x < columns; x++) {
        const block = (from + x) * kept.size;
        writeBlock(coefficients, block, factors, pixels, (y * stride + x) * size, stride);
      }
    }
  }

  /** A row of a component as wide as the picture. */
  function samplesOf(plane: (typeof planes)[number], y: number): Uint8ClampedArray {
    const { component, pixels, stride, samples, isFull, columnOf } = plane;
    const from = Math.floor((y * component.down) / frame.down) * stride;
    if (isFull) return pixels.subarray(from, from + stride);
    for (let x = 0; x < samples.length; x++) samples[x] = pixels[from + (columnOf[x] ?? 0)] ?? 0;
    return samples;
  }

  return {
    /** @returns Where the scan ends. */
    read(photo: Uint8Array, at: number, scan: Scan): number {
      for (const { component, quantization } of scan.components) {
        const plane = planes.find((it) => it.component === component);
        // The first table is the one that counts.
        if (plane?.factors[0] === 0) plane.factors = factors(quantization);
      }
      if (scan.first > kept.last) return scanEnd(photo, at);
      return readScan(photo, at, scan, {
        kept,
        startRow(next) {
          if (isStreamed) writeUntil(next);
        },
      }).end;
    },
    result(): Pixels {
      writeUntil(frame.mcuRows);
      return average.result();
    },
  };
}

function storedBytes({ components, isProgressive }: Frame, size: BlockSize): number {
  const blocks = components.reduce((sum, { columns, rows }) => sum + columns * rows, 0);
  return blocks * (2 * size * size + (isProgressive && size > 1 ? 8 : 0));
}
