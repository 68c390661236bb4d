import { type AxisKernel, axisKernel, type Order } from './axis-kernel.ts';
import { type FloatArray, likeOf, type Shape3, shape3 } from './image-shape.ts';
import { commonMemory } from './plane-kernels.ts';
import { PlaneStream } from './plane-stream.ts';

/**
 * Resizes a label map of two or three axes by the rule of batchgenerators ≤ 0.25.3: for every label, ascending, the
 * 0/1 map of the label is resized with {@link resize}, and where it reaches 0.5 the label is written; a voxel that no
 * label reaches stays 0. Order 0 is nearest neighbour.
 *
 * @throws NnUNetError 'bad-shape' when the shapes do not fit
 */
export function resizeSegmentation<T extends FloatArray>(
  labels: T,
  shape: readonly number[],
  newShape: readonly number[],
  order: Order,
): T {
  const from = shape3(shape, labels.length);
  const to = shape3(newShape);
  const out = likeOf(labels, to[0] * to[1] * to[2]);
  const kernels = from.map((n, axis) => axisKernel(n, to[axis]!, order)) as [AxisKernel, AxisKernel, AxisKernel];
  writeLabels(labels, from, kernels, out);
  return out;
}

/**
 * Runs a label map through `kernels` into `out`. Along an axis with a one-tap kernel slices are taken as they are,
 * which equals resizing each slice on its own and picking slices afterwards.
 */
export function writeLabels(
  labels: FloatArray,
  shape: Shape3,
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  out: FloatArray,
): void {
  if (kernels.some((kernel) => kernel.order === 3)) cubicLabels(labels, kernels, out);
  else cornerLabels(labels, shape, kernels, out);
}

/** Orders 0 and 1: an output voxel sees at most eight labels; only where they differ are weights summed. */
function cornerLabels(
  labels: FloatArray,
  [, ny, nx]: Shape3,
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  out: FloatArray,
): void {
  const [z, y, x] = kernels.map(asTwoTaps) as [TwoTaps, TwoTaps, TwoTaps];
  const [nk, nj, ni] = [kernels[0].outputs, kernels[1].outputs, kernels[2].outputs];
  const corners = new Float64Array(8);
  const weights = new Float64Array(8);
  const ends = rowEnds(labels, nx);
  for (let k = 0, at = 0; k < nk; k++) {
    const z0 = z.low[k]! * ny;
    const z1 = z.high[k]! * ny;
    for (let j = 0; j < nj; j++) {
      const r00 = (z0 + y.low[j]!) * nx;
      const r01 = (z0 + y.high[j]!) * nx;
      const r10 = (z1 + y.low[j]!) * nx;
      const r11 = (z1 + y.high[j]!) * nx;
      const flat = r00 === r10;
      // at both ends of a row all corners mostly have one label
      const first = labels[r00]!;
      const last = labels[r00 + nx - 1]!;
      let head = nx;
      let tail = nx;
      for (const row of [r00, r01, r10, r11]) {
        head = labels[row] === first ? Math.min(head, ends.head[row / nx]!) : 0;
        tail = labels[row + nx - 1] === last ? Math.min(tail, ends.tail[row / nx]!) : 0;
      }
      let i = 0;
      while (i < ni && x.high[i]! < head) i++;
      let stop = ni;
      while (stop > i && x.low[stop - 1]! >= nx - tail) stop--;
      out.fill(first, at, at + i);
      out.fill(last, at + stop, at + ni);
      const rowAt = at;
      at += i;
      for (; i < stop; i++, at++) {
        const x0 = x.low[i]!;
        const x1 = x.high[i]!;
        const label = labels[r00 + x0]!;
        if (
          labels[r00 + x1] === label &&
          labels[r01 + x0] === label &&
          labels[r01 + x1] === label &&
          (flat ||
            (labels[r10 + x0] === label &&
              labels[r10 + x1] === label &&
              labels[r11 + x0] === label &&
              labels[r11 + x1] === label))
        ) {
          out[at] = label;
          continue;
        }
        corners[0] = label;
        corners[1] = labels[r00 + x1]!;
        corners[2] = labels[r01 + x0]!;
        corners[3] = labels[r01 + x1]!;
        corners[4] = labels[r10 + x0]!;
        corners[5] = labels[r10 + x1]!;
        corners[6] = labels[r11 + x0]!;
        corners[7] = labels[r11 + x1]!;
        const y0 = z.first[k]! * y.first[j]!;
        const y1 = z.first[k]! * y.second[j]!;
        const y2 = z.second[k]! * y.first[j]!;
        const y3 = z.second[k]! * y.second[j]!;
        weights[0] = y0 * x.first[i]!;
        weights[1] = y0 * x.second[i]!;
        weights[2] = y1 * x.first[i]!;
        weights[3] = y1 * x.second[i]!;
        weights[4] = y2 * x.first[i]!;
        weights[5] = y2 * x.second[i]!;
        weights[6] = y3 * x.first[i]!;
        weights[7] = y3 * x.second[i]!;
        out[at] = largestReaching(corners, weights);
      }
      at = rowAt + ni;
    }
  }
}

/** How many voxels at the start and at the end of each row have the label of the row's first and last one. */
function rowEnds(labels: FloatArray, nx: number): { head: Int32Array; tail: Int32Array } {
  const rows = labels.length / nx;
  const head = new Int32Array(rows);
  const tail = new Int32Array(rows);
  for (let r = 0, from = 0; r < rows; r++, from += nx) {
    let n = 1;
    while (n < nx && labels[from + n] === labels[from]) n++;
    head[r] = n;
    if (n < nx) {
      const end = from + nx - 1;
      n = 1;
      while (labels[end - n] === labels[end]) n++;
    }
    tail[r] = n;
  }
  return { head, tail };
}

/** The largest label whose weights, summed in the order of the corners as SciPy does, reach one half; 0 if none. */
function largestReaching(corners: Float64Array, weights: Float64Array): number {
  let best = 0;
  let found = false;
  for (let c = 0; c < 8; c++) {
    const label = corners[c]!;
    if (found && label <= best) continue;
    let sum = 0;
    for (let t = 0; t < 8; t++) if (corners[t] === label) sum += weights[t]!;
    if (sum >= 0.5) {
      best = label;
      found = true;
    }
  }
  return best;
}

interface TwoTaps {
  low: Int32Array;
  high: Int32Array;
  first: Float64Array;
  second: Float64Array;
}

function asTwoTaps({ outputs, taps, index, weights }: AxisKernel): TwoTaps {
  if (taps === 1) return { low: index, high: index, first: weights, second: new Float64Array(outputs) };
  return {
    low: index.filter((_, t) => t % 2 === 0),
    high: index.filter((_, t) => t % 2 === 1),
    first: weights.filter((_, t) => t % 2 === 0),
    second: weights.filter((_, t) => t % 2 === 1),
  };
}

/** Order 3: the map of one label at a time, for the labels present. */
function cubicLabels(labels: FloatArray, kernels: readonly [AxisKernel, AxisKernel, AxisKernel], out: FloatArray) {
  const indicator = new Float32Array(labels.length);
  const size = kernels[1].outputs * kernels[2].outputs;
  const stream = new PlaneStream(indicator, kernels, { memoryOf: commonMemory });
  for (const label of uniqueValues(labels)) {
    for (let i = 0; i < labels.length; i++) indicator[i] = labels[i] === label ? 1 : 0;
    stream.use(indicator);
    for (let k = 0; k < kernels[0].outputs; k++) {
      const plane = stream.plane(k);
      const to = k * size;
      for (let i = 0; i < size; i++) if (plane[i]! >= 0.5) out[to + i] = label;
    }
  }
}

/** The distinct values, ascending. */
export function uniqueValues(labels: ArrayLike<number>): number[] {
  const values = new Set<number>();
  let last = Number.NaN;
  for (let i = 0; i < labels.length; i++) {
    const v = labels[i]!;
    if (v !== last) {
      values.add(v);
      last = v;
    }
  }
  return [...values].sort((a, b) => a - b);
}
