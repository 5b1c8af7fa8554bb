import { joined } from "../../src/images/clean/byte-reader.ts";
import { insert } from "./photos.ts";

type Damage = (photo: Uint8Array, below: (limit: number) => number) => Uint8Array;

const damages: readonly Damage[] = [
  (photo, below) => {
    const hit = below(photo.length);
    return photo.map((byte, at) => (at === hit ? below(256) : byte));
  },
  (photo, below) => joined([photo.subarray(0, below(photo.length))]),
  (photo, below) => insert(photo, below(photo.length), new Uint8Array(below(20)).fill(below(256))),
  (photo, below) => {
    const [from, length] = [below(photo.length), below(20)];
    return joined([photo.subarray(0, from), photo.subarray(from + length)]);
  },
];

/**
 * A photo of which up to three parts are overwritten, missing or repeated.
 *
 * @param below A random integer from 0 to below its argument.
 */
export function damagePhoto(photo: Uint8Array, below: (limit: number) => number): Uint8Array {
  let damaged = photo;
  for (let times = 1 + below(3); times > 0; times--) {
    damaged = damages[below(damages.length)]?.(damaged, below) ?? damaged;
  }
  return damaged;
}
