import pictures from "../fixtures/pixels/pictures.json";

export interface PixelPicture {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  /** The mean color of its quadrants, row by row, as Pillow decodes it. */
  quadrants: number[][];
}

/** Small pictures of every kind that is read; `make-pictures.py` beside them writes them. */
export const pixelPictures: PixelPicture[] = pictures.map(
  ({ name, base64, width, height, quadrants }) => ({
    name,
    bytes: Uint8Array.fromBase64(base64),
    width,
    height,
    quadrants,
  }),
);

export function pictureOf(name: string): Uint8Array<ArrayBuffer> {
  const picture = pixelPictures.find((it) => it.name === name);
  if (!picture) throw new Error(`There is no picture ${name}.`);
  return picture.bytes;
}
