import { type AxisKernel, MARGIN, POLE } from './axis-kernel.ts';
import type { FloatArray } from './image-shape.ts';
import { prefilterColumns } from './prefilter.ts';

/** Columns filtered together: few enough for a block to stay in the cache. */
const BLOCK = 64;

/** Resizes the first axis of a plane: source (kernel.inputs, columns) → target (kernel.outputs, columns). */
export function resizeColumns(source: FloatArray, columns: number, kernel: AxisKernel, target: Float64Array): void {
  const { outputs, index, weights } = kernel;
  if (kernel.order === 0) {
    for (let k = 0; k < outputs; k++) {
      const from = index[k]! * columns;
      target.set(source.subarray(from, from + columns), k * columns);
    }
  } else if (kernel.order === 1) {
    for (let k = 0; k < outputs; k++) {
      const a = index[2 * k]! * columns;
      const b = index[2 * k + 1]! * columns;
      const wa = weights[2 * k]!;
      const wb = weights[2 * k + 1]!;
      const to = k * columns;
      for (let j = 0; j < columns; j++) target[to + j] = wa * source[a + j]! + wb * source[b + j]!;
    }
  } else cubicColumns(source, columns, kernel, target);
}

function cubicColumns(source: FloatArray, columns: number, kernel: AxisKernel, target: Float64Array): void {
  const { inputs, outputs, index, weights } = kernel;
  const block = scratch((inputs + 2 * MARGIN) * BLOCK);
  for (let start = 0; start < columns; start += BLOCK) {
    const width = Math.min(BLOCK, columns - start);
    const place = { offset: 0, stride: BLOCK, n: inputs, width };
    prefilterColumns(block, { source, from: start, sourceStride: columns, ...place });
    for (let k = 0; k < outputs; k++) {
      const a = index[4 * k]! * BLOCK;
      const w0 = weights[4 * k]!;
      const w1 = weights[4 * k + 1]!;
      const w2 = weights[4 * k + 2]!;
      const w3 = weights[4 * k + 3]!;
      const to = k * columns + start;
      for (let j = 0; j < width; j++) {
        const at = a + j;
        target[to + j] =
          w0 * block[at]! + w1 * block[at + BLOCK]! + w2 * block[at + 2 * BLOCK]! + w3 * block[at + 3 * BLOCK]!;
      }
    }
  }
}

/** Resizes the second axis of a plane: source (rows, kernel.inputs) → target (rows, kernel.outputs). */
export function resizeRows(source: FloatArray, rows: number, kernel: AxisKernel, target: Float64Array): void {
  const { inputs, outputs, index, weights } = kernel;
  if (kernel.order === 0) {
    for (let r = 0; r < rows; r++) {
      const from = r * inputs;
      const to = r * outputs;
      for (let k = 0; k < outputs; k++) target[to + k] = source[from + index[k]!]!;
    }
  } else if (kernel.order === 1) {
    for (let r = 0; r < rows; r++) {
      const from = r * inputs;
      const to = r * outputs;
      for (let k = 0, t = 0; k < outputs; k++, t += 2) {
        target[to + k] = weights[t]! * source[from + index[t]!]! + weights[t + 1]! * source[from + index[t + 1]!]!;
      }
    }
  } else {
    for (let r = 0; r < rows; r += 4) cubicFourRows(source, r, Math.min(4, rows - r), kernel, target);
  }
}

/** Up to four rows side by side: the recursions are independent, so that their latencies overlap. */
function cubicFourRows(source: FloatArray, row: number, count: number, kernel: AxisKernel, target: Float64Array) {
  const { inputs: n, outputs, index, weights } = kernel;
  const z = POLE;
  const steady = 1 / (1 - z);
  const c = scratch((n + 2 * MARGIN) * 4);
  // missing rows of the last block repeat its last one
  const a = row * n;
  const b = a + (count > 1 ? n : 0);
  const d = b + (count > 2 ? n : 0);
  const e = d + (count > 3 ? n : 0);
  let va = source[a]! * steady;
  let vb = source[b]! * steady;
  let vd = source[d]! * steady;
  let ve = source[e]! * steady;
  for (let i = 0; i <= MARGIN; i++) {
    c[4 * i] = va;
    c[4 * i + 1] = vb;
    c[4 * i + 2] = vd;
    c[4 * i + 3] = ve;
  }
  for (let i = 1, p = 4 * (MARGIN + 1); i < n; i++, p += 4) {
    va = source[a + i]! + z * va;
    vb = source[b + i]! + z * vb;
    vd = source[d + i]! + z * vd;
    ve = source[e + i]! + z * ve;
    c[p] = va;
    c[p + 1] = vb;
    c[p + 2] = vd;
    c[p + 3] = ve;
  }
  const last = 4 * (MARGIN + n - 1);
  const ends = [a, b, d, e];
  for (let r = 0; r < 4; r++) {
    const end = source[ends[r]! + n - 1]! * steady;
    const transient = ((c[last + r]! - end) / (1 - z * z)) * z;
    const constant = -z * steady * end;
    c[last + r] = constant - transient;
    c[last + 4 + r] = constant - z * transient;
    c[last + 8 + r] = constant - z * z * transient;
  }
  va = c[last]!;
  vb = c[last + 1]!;
  vd = c[last + 2]!;
  ve = c[last + 3]!;
  for (let p = last - 4; p >= 0; p -= 4) {
    va = z * (va - c[p]!);
    vb = z * (vb - c[p + 1]!);
    vd = z * (vd - c[p + 2]!);
    ve = z * (ve - c[p + 3]!);
    c[p] = va;
    c[p + 1] = vb;
    c[p + 2] = vd;
    c[p + 3] = ve;
  }
  const ta = row * outputs;
  const tb = ta + (count > 1 ? outputs : 0);
  const td = tb + (count > 2 ? outputs : 0);
  const te = td + (count > 3 ? outputs : 0);
  for (let k = 0; k < outputs; k++) {
    const t = 4 * k;
    const p = 4 * index[t]!;
    const w0 = weights[t]!;
    const w1 = weights[t + 1]!;
    const w2 = weights[t + 2]!;
    const w3 = weights[t + 3]!;
    target[ta + k] = w0 * c[p]! + w1 * c[p + 4]! + w2 * c[p + 8]! + w3 * c[p + 12]!;
    target[tb + k] = w0 * c[p + 1]! + w1 * c[p + 5]! + w2 * c[p + 9]! + w3 * c[p + 13]!;
    target[td + k] = w0 * c[p + 2]! + w1 * c[p + 6]! + w2 * c[p + 10]! + w3 * c[p + 14]!;
    target[te + k] = w0 * c[p + 3]! + w1 * c[p + 7]! + w2 * c[p + 11]! + w3 * c[p + 15]!;
  }
}

let buffer = new Float64Array(0);

/** One buffer for all calls: passes never nest. */
function scratch(size: number): Float64Array {
  if (buffer.length < size) buffer = new Float64Array(size);
  return buffer;
}
