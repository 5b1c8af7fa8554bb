/** In zigzag order, the places of a block's coefficients: row × 8 + column (ITU-T T.81, figure 5). */
const zigzag = zigzagOf(8);

function zigzagOf(size: number): number[] {
  const places = Array.from({ length: size * size }, (_, place) => {
    const [row, column] = [Math.floor(place / size), place % size];
    const diagonal = row + column;
    return { place, order: diagonal * size + (diagonal % 2 === 0 ? column : row) };
  });
  return places.toSorted((a, b) => a.order - b.order).map(({ place }) => place);
}

export type BlockSize = 1 | 2 | 4 | 8;

/**
 * The inverse DCT of a block's lowest frequencies: a block of `size` × `size` pixels, as the average of the
 * 8 × 8 would be. The frequencies above are not needed.
 */
export function scaledIdct(size: BlockSize) {
  const places = Int8Array.from(zigzag, (place) => {
    const [row, column] = [place >> 3, place & 7];
    return row < size && column < size ? row * size + column : -1;
  });
  const kept = { size: size * size, places, last: places.findLastIndex((place) => place >= 0) };

  /** For each pixel, what each frequency adds to it. */
  const basis = Float32Array.from({ length: size * size }, (_, at) => {
    const [pixel, frequency] = [Math.floor(at / size), at % size];
    if (frequency === 0) return Math.sqrt(1 / 8);
    return Math.cos(((2 * pixel + 1) * frequency * Math.PI) / (2 * size)) / 2;
  });
  const columns = new Float32Array(size * size);

  /** Writes the pixels of the block that starts at `block` to `pixels`, whose rows are `stride` long. */
  function writeBlock(
    coefficients: Int16Array,
    block: number,
    quantization: Float32Array,
    pixels: Uint8ClampedArray,
    to: number,
    stride: number,
  ): void {
    if (size === 1) {
      pixels[to] = ((coefficients[block] ?? 0) * (quantization[0] ?? 0)) / 8 + 128;
      return;
    }
    columns.fill(0);
    for (let place = 0; place < size * size; place++) {
      const coefficient = coefficients[block + place] ?? 0;
      if (coefficient === 0) continue;
      const value = coefficient * (quantization[place] ?? 0);
      const column = place % size;
      const frequency = (place - column) / size;
      for (let row = 0; row < size; row++) {
        columns[row * size + column] =
          (columns[row * size + column] ?? 0) + value * (basis[row * size + frequency] ?? 0);
      }
    }
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        let sum = 128;
        for (let frequency = 0; frequency < size; frequency++) {
          sum += (columns[row * size + frequency] ?? 0) * (basis[column * size + frequency] ?? 0);
        }
        pixels[to + row * stride + column] = sum;
      }
    }
  }

  return {
    kept,
    /** A table in zigzag order, as factors of the coefficients that are kept. */
    factors: (quantization: Uint16Array) => {
      const factors = new Float32Array(size * size);
      for (const [index, place] of places.entries()) {
        if (place >= 0) factors[place] = quantization[index] ?? 0;
      }
      return factors;
    },
    writeBlock,
  };
}
