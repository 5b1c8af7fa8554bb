import type { Pixels } from "../images/pixels/read-pixels.ts";
import { growMemory, type Kernel } from "./kernel.ts";
import type { PhotoLook } from "./photo-looks.ts";

/** What is left out on each side, as a share of the photo's width and height. */
const margins: Record<PhotoLook, number> = { whole: 0, mirrored: 0, centre: 0.1 };

interface PhotoInput {
  pixels: Pixels;
  look: PhotoLook;
  size: number;
  /** Where the memory is free to its end. */
  scratch: number;
  /** Where the result is written: f32[row][column][RGB], from -1 to 1. */
  input: number;
}

/** Writes what the network sees of a photo: an area mean of it, so that any proportions become a square. */
export function writePhotoInput(
  { memory, averageAreas }: Kernel,
  { pixels: { width, height, data }, look, size, scratch, input }: PhotoInput,
): void {
  const photo = scratch + 16 * (width + 1);
  growMemory(memory, photo + data.length);
  new Uint8Array(memory.buffer).set(data, photo);
  const isMirrored = Number(look === "mirrored");
  averageAreas(photo, width, height, margins[look], isMirrored, size, scratch, input);
}
