import { anyCodecBrands, hevcBrands, maxBrands } from "../media-type.ts";
import type { Box } from "./boxes.ts";
import { asciiOf, bytesOf } from "./byte-reader.ts";

const known = new Set([...hevcBrands, ...anyCodecBrands]);
const brandBytes = 4;

/** Leaves the brands that decoders look for, the first of them as the major one, and no version. */
export function keepBrands(clean: Uint8Array, { body, end }: Box): void {
  const last = Math.min(end, body + maxBrands * brandBytes) - brandBytes;
  const brands = new Set<string>();
  for (let at = body; at <= last; at += brandBytes) {
    const brand = asciiOf(clean.subarray(at, at + brandBytes));
    if (known.has(brand)) brands.add(brand);
  }
  clean.fill(0, body, end);
  const [major = ""] = brands;
  clean.set(bytesOf(major), body);
  for (const [index, brand] of [...brands].entries()) {
    const at = body + (index + 2) * brandBytes;
    if (at + brandBytes <= end) clean.set(bytesOf(brand), at);
  }
}
