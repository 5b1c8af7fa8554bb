import {
  type Chunk,
  fileChunks,
  frameHeaderBytes,
  orientationIn,
  pictures,
  pictureSize,
  webpFile,
  webpChunks,
} from "../clean/webp.ts";
import { areaAverage, type Pixels } from "./area-average.ts";
import { overWhite } from "./over-white.ts";
import { PixelsRefused } from "./pixels-refused.ts";
import { upright } from "./upright.ts";
import { decodeWebp } from "./webp-decoder.ts";

/** Of the decoder, which has the whole file and the whole picture in memory. */
const maxMemory = 34 * 1024 * 1024;
/** More take too long. */
const maxPicturePixels = 4_500_000;
const fileCopies = 3;
/** Bytes a pixel while it decodes; a transparent picture has a second one in it. */
const opaqueBytes = 4;
const transparentBytes = 9;

/** Reads a WebP over white. Of an animated one, the first frame without the canvas around it. */
export function readWebp(photo: Uint8Array, least: number): Pixels {
  const chunks = fileChunks(photo);
  const frame = chunks.find(({ type }) => type === "ANMF");
  const parts = frame ? webpChunks(frame.body.subarray(frameHeaderBytes)) : chunks;
  const picture = parts.find(({ type }) => pictures.has(type));
  if (!picture) throw new PixelsRefused("damaged", "It holds no picture.");
  const opacities = picture.type === "VP8 " ? parts.find(({ type }) => type === "ALPH") : undefined;
  const size = pictureSize(picture);
  const pixelBytes = opacities || picture.type === "VP8L" ? transparentBytes : opaqueBytes;
  const pixels = size.width * size.height;
  if (pixels > maxPicturePixels || fileCopies * photo.length + pixelBytes * pixels > maxMemory) {
    throw new PixelsRefused("size", `It has ${size.width} × ${size.height} pixels.`);
  }
  const file = webpFile(opacities ? [canvasOf(size), opacities, picture] : [picture]);

  const decoded = decodeWebp(file, (rgba, width, height) => {
    const average = areaAverage(width, height, least);
    const row = new Uint8Array(3 * width);
    for (let y = 0; y < height; y++) {
      for (let from = 4 * y * width, to = 0; to < row.length; from += 4, to += 3) {
        const opacity = rgba[from + 3] ?? 0;
        row[to] = overWhite(rgba[from] ?? 0, opacity);
        row[to + 1] = overWhite(rgba[from + 1] ?? 0, opacity);
        row[to + 2] = overWhite(rgba[from + 2] ?? 0, opacity);
      }
      average.add(row, { x: 0, y, step: 1 });
    }
    return average.result();
  });
  if (!decoded) throw new PixelsRefused("damaged", "Its picture cannot be decoded.");
  return upright(decoded, orientationIn(chunks));
}

const opacityFlag = 0x10;

/** The chunk without which opacities are left out. */
function canvasOf({ width, height }: { width: number; height: number }): Chunk {
  const body = new Uint8Array(10);
  const view = new DataView(body.buffer);
  body[0] = opacityFlag;
  view.setUint16(4, width - 1, true);
  view.setUint16(7, height - 1, true);
  return { type: "VP8X", body };
}
