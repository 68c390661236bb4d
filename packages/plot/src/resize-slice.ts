import type { NumberArray, Slice } from './slice.ts';

/** Weights of the four neighbours at a fraction t between the inner two: Catmull-Rom cubic. */
function cubicWeights(t: number): [number, number, number, number] {
  return [
    ((-0.5 * t + 1) * t - 0.5) * t,
    (1.5 * t - 2.5) * t * t + 1,
    ((-1.5 * t + 2) * t + 0.5) * t,
    (0.5 * t - 0.5) * t * t,
  ];
}

/**
 * Resizes a greyscale picture with cubic interpolation along both axes, repeating edge pixels. For display, not for
 * measurements.
 */
export function resizeSmooth(slice: Slice, height: number, width: number): Slice<Float32Array> {
  const rows = resizeRows(slice.data, slice.height, slice.width, width);
  const columns = resizeRows(transpose(rows, slice.height, width), width, slice.height, height);
  return { data: transpose(columns, width, height), height, width };
}

function resizeRows(data: NumberArray, rows: number, from: number, to: number): Float32Array {
  const out = new Float32Array(rows * to);
  for (let x = 0; x < to; x++) {
    const position = ((x + 0.5) * from) / to - 0.5;
    const base = Math.floor(position);
    const [a, b, c, d] = cubicWeights(position - base);
    const at = [base - 1, base, base + 1, base + 2].map((i) => Math.min(Math.max(i, 0), from - 1));
    for (let y = 0; y < rows; y++) {
      const row = y * from;
      out[y * to + x] =
        a * data[row + at[0]!]! + b * data[row + at[1]!]! + c * data[row + at[2]!]! + d * data[row + at[3]!]!;
    }
  }
  return out;
}

function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) out[x * rows + y] = data[y * columns + x]!;
  return out;
}

/** Resizes a label map by nearest neighbour. */
export function resizeNearest(slice: Slice, height: number, width: number): Slice<Int32Array> {
  const data = new Int32Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.min(Math.floor(((y + 0.5) * slice.height) / height), slice.height - 1) * slice.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = slice.data[row + Math.min(Math.floor(((x + 0.5) * slice.width) / width), slice.width - 1)]!;
    }
  }
  return { data, height, width };
}
