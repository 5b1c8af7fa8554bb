/**
 * The arithmetic of the photo model, in AssemblyScript. `npm run kernel` compiles it with SIMD and without.
 *
 * A picture is f32[pixel][channel], and pointers are byte offsets in the module's memory. `Vector` is as
 * many channels as one instruction takes. Channels are a multiple of 8, but for `gatherWindows`.
 */

/** Channels in a vector. */
export const lanes: i32 = ASC_FEATURE_SIMD ? 4 : 1;

function read<Vector>(pointer: usize): Vector {
  if (isVector<Vector>()) return v128.load(pointer);
  else return load<f32>(pointer);
}

function readSplat<Vector>(pointer: usize): Vector {
  if (isVector<Vector>()) return v128.load32_splat(pointer);
  else return load<f32>(pointer);
}

function splat<Vector>(value: f32): Vector {
  if (isVector<Vector>()) return f32x4.splat(value);
  else return value;
}

/** As many bytes, without sign, as numbers. */
function readBytes<Vector>(pointer: usize): Vector {
  if (isVector<Vector>()) {
    const shorts = i16x8.extend_low_i8x16_u(v128.load32_zero(pointer));
    return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(shorts));
  } else return <f32>load<u8>(pointer);
}

function write<Vector>(pointer: usize, value: Vector): void {
  if (isVector<Vector>()) v128.store(pointer, value);
  else store<f32>(pointer, value);
}

function sum<Vector>(a: Vector, b: Vector): Vector {
  if (isVector<Vector>()) return f32x4.add(a, b);
  else return a + b;
}

/** `total + a * b`. Whether the product is rounded depends on the processor. */
function multiplyAdd<Vector>(total: Vector, a: Vector, b: Vector): Vector {
  if (isVector<Vector>()) return f32x4.relaxed_madd(a, b, total);
  else return total + a * b;
}

function writeActivated<Vector>(pointer: usize, value: Vector, isRelu6: bool): void {
  if (isVector<Vector>()) {
    const clamped = f32x4.min(f32x4.splat(6), f32x4.max(f32x4.splat(0), value));
    v128.store(pointer, isRelu6 ? clamped : value);
  } else store<f32>(pointer, isRelu6 ? min<f32>(6, max<f32>(0, value)) : value);
}

/** Pixels whose inputs stay in the cache while all weights pass. */
const tilePixels: i32 = 320;

function pointwiseOf<Vector>(
  input: usize,
  weights: usize,
  biases: usize,
  output: usize,
  pixels: i32,
  inputs: i32,
  outputs: i32,
  isRelu6: bool,
): void {
  const inputBytes = <usize>inputs * 4;
  const outputBytes = <usize>outputs * 4;
  const vector = sizeof<Vector>();
  const last = pixels - 1;
  for (let tile = 0; tile < pixels; tile += tilePixels) {
    const tileEnd = min(tile + tilePixels, pixels);
    for (let block: usize = 0; block < outputBytes; block += 2 * vector) {
      // Five pixels share each load of weights: 5 divides the pixels of all layers at 160 × 160.
      for (let pixel = tile; pixel < tileEnd; pixel += 5) {
        // Past the end, the last pixel is computed again.
        const pixel1 = <usize>min(pixel + 1, last);
        const pixel2 = <usize>min(pixel + 2, last);
        const pixel3 = <usize>min(pixel + 3, last);
        const pixel4 = <usize>min(pixel + 4, last);
        let from0 = input + <usize>pixel * inputBytes;
        const from1 = input + pixel1 * inputBytes - from0;
        const from2 = input + pixel2 * inputBytes - from0;
        const from3 = input + pixel3 * inputBytes - from0;
        const from4 = input + pixel4 * inputBytes - from0;
        let a0 = read<Vector>(biases + block);
        let b0 = read<Vector>(biases + block + vector);
        let a1 = a0,
          a2 = a0,
          a3 = a0,
          a4 = a0;
        let b1 = b0,
          b2 = b0,
          b3 = b0,
          b4 = b0;
        let weight = weights + block * <usize>inputs;
        for (const end = from0 + inputBytes; from0 < end; from0 += 4) {
          const weightA = read<Vector>(weight);
          const weightB = read<Vector>(weight + vector);
          weight += 2 * vector;
          let value = readSplat<Vector>(from0);
          a0 = multiplyAdd<Vector>(a0, value, weightA);
          b0 = multiplyAdd<Vector>(b0, value, weightB);
          value = readSplat<Vector>(from0 + from1);
          a1 = multiplyAdd<Vector>(a1, value, weightA);
          b1 = multiplyAdd<Vector>(b1, value, weightB);
          value = readSplat<Vector>(from0 + from2);
          a2 = multiplyAdd<Vector>(a2, value, weightA);
          b2 = multiplyAdd<Vector>(b2, value, weightB);
          value = readSplat<Vector>(from0 + from3);
          a3 = multiplyAdd<Vector>(a3, value, weightA);
          b3 = multiplyAdd<Vector>(b3, value, weightB);
          value = readSplat<Vector>(from0 + from4);
          a4 = multiplyAdd<Vector>(a4, value, weightA);
          b4 = multiplyAdd<Vector>(b4, value, weightB);
        }
        const to = output + block;
        writePair<Vector>(to + <usize>pixel * outputBytes, a0, b0, isRelu6);
        writePair<Vector>(to + pixel1 * outputBytes, a1, b1, isRelu6);
        writePair<Vector>(to + pixel2 * outputBytes, a2, b2, isRelu6);
        writePair<Vector>(to + pixel3 * outputBytes, a3, b3, isRelu6);
        writePair<Vector>(to + pixel4 * outputBytes, a4, b4, isRelu6);
      }
    }
  }
}

function writePair<Vector>(to: usize, a: Vector, b: Vector, isRelu6: bool): void {
  writeActivated<Vector>(to, a, isRelu6);
  writeActivated<Vector>(to + sizeof<Vector>(), b, isRelu6);
}

/** Multiplies each pixel's channels by weights packed as f32[block][input][2 vectors of outputs]. */
export function pointwise(
  input: usize,
  weights: usize,
  biases: usize,
  output: usize,
  pixels: i32,
  inputs: i32,
  outputs: i32,
  isRelu6: bool,
): void {
  if (ASC_FEATURE_SIMD)
    pointwiseOf<v128>(input, weights, biases, output, pixels, inputs, outputs, isRelu6);
  else pointwiseOf<f32>(input, weights, biases, output, pixels, inputs, outputs, isRelu6);
}

/** Pixels before the first one that a window covers: half of the padding of TensorFlow's SAME. */
function paddingBefore(length: i32, stride: i32): i32 {
  const outputs = (length + stride - 1) / stride;
  return max((outputs - 1) * stride + 3 - length, 0) / 2;
}

/** Where a row or a pixel is, or `outside`. */
function place(start: usize, index: i32, length: i32, bytes: usize, outside: usize): usize {
  return start != outside && <u32>index < <u32>length ? start + <usize>index * bytes : outside;
}

function depthwiseOf<Vector>(
  input: usize,
  weights: usize,
  biases: usize,
  output: usize,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
  zeros: usize,
  isRelu6: bool,
): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>width * pixelBytes;
  const vector = sizeof<Vector>();
  const top = paddingBefore(height, stride);
  const left = paddingBefore(width, stride);
  for (let y = -top; y < height - top; y += stride) {
    const row0 = place(input, y, height, rowBytes, zeros);
    const row1 = place(input, y + 1, height, rowBytes, zeros);
    const row2 = place(input, y + 2, height, rowBytes, zeros);
    for (let x = -left; x < width - left; x += stride) {
      const from0 = place(row0, x, width, pixelBytes, zeros);
      const from1 = place(row0, x + 1, width, pixelBytes, zeros);
      const from2 = place(row0, x + 2, width, pixelBytes, zeros);
      const from3 = place(row1, x, width, pixelBytes, zeros);
      const from4 = place(row1, x + 1, width, pixelBytes, zeros);
      const from5 = place(row1, x + 2, width, pixelBytes, zeros);
      const from6 = place(row2, x, width, pixelBytes, zeros);
      const from7 = place(row2, x + 1, width, pixelBytes, zeros);
      const from8 = place(row2, x + 2, width, pixelBytes, zeros);
      let weight = weights;
      for (let at: usize = 0; at < pixelBytes; at += vector) {
        let total = read<Vector>(biases + at);
        total = multiplyAdd<Vector>(total, read<Vector>(from0 + at), read<Vector>(weight));
        total = multiplyAdd<Vector>(total, read<Vector>(from1 + at), read<Vector>(weight + vector));
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from2 + at),
          read<Vector>(weight + 2 * vector),
        );
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from3 + at),
          read<Vector>(weight + 3 * vector),
        );
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from4 + at),
          read<Vector>(weight + 4 * vector),
        );
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from5 + at),
          read<Vector>(weight + 5 * vector),
        );
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from6 + at),
          read<Vector>(weight + 6 * vector),
        );
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from7 + at),
          read<Vector>(weight + 7 * vector),
        );
        total = multiplyAdd<Vector>(
          total,
          read<Vector>(from8 + at),
          read<Vector>(weight + 8 * vector),
        );
        weight += 9 * vector;
        writeActivated<Vector>(output + at, total, isRelu6);
      }
      output += pixelBytes;
    }
  }
}

/**
 * Multiplies 3 × 3 windows, each channel alone, by weights packed as f32[vector of channels][9][channel].
 * `zeros` is a pixel of zeros, for what is outside.
 */
export function depthwise(
  input: usize,
  weights: usize,
  biases: usize,
  output: usize,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
  zeros: usize,
  isRelu6: bool,
): void {
  if (ASC_FEATURE_SIMD)
    depthwiseOf<v128>(
      input,
      weights,
      biases,
      output,
      height,
      width,
      channels,
      stride,
      zeros,
      isRelu6,
    );
  else
    depthwiseOf<f32>(
      input,
      weights,
      biases,
      output,
      height,
      width,
      channels,
      stride,
      zeros,
      isRelu6,
    );
}

/** Copies each 3 × 3 window, row by row, so that a convolution is a `pointwise` of the copies. */
export function gatherWindows(
  input: usize,
  output: usize,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
): void {
  const pixelBytes = <usize>channels * 4;
  const top = paddingBefore(height, stride);
  const left = paddingBefore(width, stride);
  for (let y = -top; y < height - top; y += stride)
    for (let x = -left; x < width - left; x += stride)
      for (let row = y; row < y + 3; row++)
        for (let column = x; column < x + 3; column++) {
          const start = place(input, row, height, <usize>width * pixelBytes, 0);
          const from = place(start, column, width, pixelBytes, 0);
          for (let at: usize = 0; at < pixelBytes; at += 4)
            store<f32>(output + at, from ? load<f32>(from + at) : 0);
          output += pixelBytes;
        }
}

function addOf<Vector>(a: usize, b: usize, output: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += sizeof<Vector>())
    write<Vector>(output + at, sum<Vector>(read<Vector>(a + at), read<Vector>(b + at)));
}

export function add(a: usize, b: usize, output: usize, values: i32): void {
  if (ASC_FEATURE_SIMD) addOf<v128>(a, b, output, <usize>values * 4);
  else addOf<f32>(a, b, output, <usize>values * 4);
}

/** The mean of each channel over all pixels. */
export function pool(input: usize, output: usize, pixels: i32, channels: i32): void {
  const pixelBytes = <usize>channels * 4;
  for (let at: usize = 0; at < pixelBytes; at += 4) {
    let total: f32 = 0;
    for (let pixel = 0; pixel < pixels; pixel++)
      total += load<f32>(input + <usize>pixel * pixelBytes + at);
    store<f32>(output + at, total / <f32>pixels);
  }
}

/** The part of a pixel that lies between two places, as a share of the distance between them. */
function shareOf(pixel: i32, from: f64, to: f64): f32 {
  return <f32>((min(<f64>(pixel + 1), to) - max(<f64>pixel, from)) / (to - from));
}

function averageAreasOf<Vector>(
  pixels: usize,
  width: i32,
  height: i32,
  margin: f64,
  isMirrored: bool,
  size: i32,
  line: usize,
  output: usize,
): void {
  const lineBytes = <usize>width * 16;
  const stepX = (<f64>width * (1 - 2 * margin)) / <f64>size;
  const stepY = (<f64>height * (1 - 2 * margin)) / <f64>size;
  for (let row = 0; row < size; row++) {
    const top = <f64>height * margin + <f64>row * stepY;
    const bottom = min(top + stepY, <f64>height);
    memory.fill(line, 0, lineBytes);
    for (let y = <i32>top; <f64>y < bottom; y++) {
      const share = splat<Vector>(shareOf(y, top, bottom));
      let from = pixels + <usize>(y * width) * 4;
      for (let at: usize = 0; at < lineBytes; at += sizeof<Vector>()) {
        const total = read<Vector>(line + at);
        write<Vector>(line + at, multiplyAdd<Vector>(total, readBytes<Vector>(from), share));
        from += sizeof<Vector>() / 4;
      }
    }
    for (let column = 0; column < size; column++) {
      const left = <f64>width * margin + <f64>column * stepX;
      const right = min(left + stepX, <f64>width);
      const to = output + <usize>(row * size + (isMirrored ? size - 1 - column : column)) * 12;
      for (let channel: usize = 0; channel < 16; channel += sizeof<Vector>()) {
        let total = splat<Vector>(0);
        for (let x = <i32>left; <f64>x < right; x++) {
          const value = read<Vector>(line + <usize>x * 16 + channel);
          total = multiplyAdd<Vector>(total, value, splat<Vector>(shareOf(x, left, right)));
        }
        write<Vector>(line + lineBytes + channel, total);
      }
      for (let channel: usize = 0; channel < 12; channel += 4)
        store<f32>(to + channel, load<f32>(line + lineBytes + channel) / 127.5 - 1);
    }
  }
}

/**
 * Reduces a picture of RGBA bytes, without a margin on each side, to size × size × RGB from -1 to 1. Each
 * value is the mean over the area that it covers. `line` is room for 16 bytes a pixel of a row, and 16 more.
 */
export function averageAreas(
  pixels: usize,
  width: i32,
  height: i32,
  margin: f64,
  isMirrored: bool,
  size: i32,
  line: usize,
  output: usize,
): void {
  if (ASC_FEATURE_SIMD)
    averageAreasOf<v128>(pixels, width, height, margin, isMirrored, size, line, output);
  else averageAreasOf<f32>(pixels, width, height, margin, isMirrored, size, line, output);
}
