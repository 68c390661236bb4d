import type { AxisKernel } from './axis-kernel.ts';
import type { FloatArray, Shape3 } from './image-shape.ts';

/**
 * Resizes a label map by the rule of `resizeSegmentation`, for orders 0 and 1. An output voxel depends on at most eight
 * corner labels; weights are summed only where these differ.
 *
 * @param undecided label where no label reaches one half
 */
export function cornerLabels(
  labels: FloatArray,
  [, ny, nx]: Shape3,
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  out: FloatArray,
  undecided = 0,
): void {
  const [z, y, x] = kernels.map(asTwoTaps) as [TwoTaps, TwoTaps, TwoTaps];
  const [nk, nj, ni] = [kernels[0].outputs, kernels[1].outputs, kernels[2].outputs];
  const rows = new CornerRows(labels, nx, x, undecided);
  const plane = nj * ni;
  for (let k = 0; k < nk; k++) {
    const to = k * plane;
    // Slices that are selected twice are computed once.
    if (k > 0 && z.low[k] === z.low[k - 1] && z.high[k] === z.low[k]) {
      out.copyWithin(to, to - plane, to);
      continue;
    }
    const low = z.low[k]! * ny;
    const high = z.high[k]! * ny;
    for (let j = 0; j < nj; j++) {
      rows.setCorner(0, low + y.low[j]!, z.first[k]! * y.first[j]!);
      rows.setCorner(1, low + y.high[j]!, z.first[k]! * y.second[j]!);
      rows.setCorner(2, high + y.low[j]!, z.second[k]! * y.first[j]!);
      rows.setCorner(3, high + y.high[j]!, z.second[k]! * y.second[j]!);
      rows.write(out, to + j * ni);
    }
  }
}

/** Computes one output row at a time from four input rows. Methods are small so that they are compiled early. */
class CornerRows {
  readonly #labels: FloatArray;
  readonly #nx: number;
  readonly #x: TwoTaps;
  readonly #undecided: number;
  /** Number of voxels at the start and at the end of each row that share the label of the first and last voxel. */
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  /** The four input rows and their weights. */
  readonly #rows = new Int32Array(4);
  readonly #shares = new Float64Array(4);
  readonly #corners = new Float64Array(8);
  readonly #weights = new Float64Array(8);

  constructor(labels: FloatArray, nx: number, x: TwoTaps, undecided: number) {
    const rows = labels.length / nx;
    this.#labels = labels;
    this.#nx = nx;
    this.#x = x;
    this.#undecided = undecided;
    this.#heads = new Int32Array(rows);
    this.#tails = new Int32Array(rows);
    for (let r = 0; r < rows; r++) {
      this.#heads[r] = runLength(labels, r * nx, nx, 1);
      this.#tails[r] = this.#heads[r] === nx ? nx : runLength(labels, (r + 1) * nx - 1, nx, -1);
    }
  }

  setCorner(which: number, row: number, share: number): void {
    this.#rows[which] = row;
    this.#shares[which] = share;
  }

  /** Writes the output row that starts at `at`. */
  write(out: FloatArray, at: number): void {
    const { low, high } = this.#x;
    const nx = this.#nx;
    const from = this.#rows[0]! * nx;
    const first = this.#labels[from]!;
    const last = this.#labels[from + nx - 1]!;
    // At both ends of a row, all corners usually have the same label.
    let head = nx;
    let tail = nx;
    for (let t = 0; t < 4; t++) {
      const row = this.#rows[t]!;
      head = this.#labels[row * nx] === first ? Math.min(head, this.#heads[row]!) : 0;
      tail = this.#labels[row * nx + nx - 1] === last ? Math.min(tail, this.#tails[row]!) : 0;
    }
    const ni = low.length;
    let start = 0;
    while (start < ni && high[start]! < head) start++;
    let stop = ni;
    while (stop > start && low[stop - 1]! >= nx - tail) stop--;
    out.fill(first, at, at + start);
    out.fill(last, at + stop, at + ni);
    if (start < stop) this.#writeMiddle(out, at, start, stop);
  }

  #writeMiddle(out: FloatArray, at: number, start: number, stop: number): void {
    const { low, high } = this.#x;
    const labels = this.#labels;
    const [r0, r1, r2, r3] = [0, 1, 2, 3].map((t) => this.#rows[t]! * this.#nx) as [number, number, number, number];
    for (let i = start; i < stop; i++) {
      const a = low[i]!;
      const b = high[i]!;
      const label = labels[r0 + a]!;
      const same =
        labels[r0 + b] === label &&
        labels[r1 + a] === label &&
        labels[r1 + b] === label &&
        (r0 === r2 ||
          (labels[r2 + a] === label &&
            labels[r2 + b] === label &&
            labels[r3 + a] === label &&
            labels[r3 + b] === label));
      out[at + i] = same ? label : this.#decide(i);
    }
  }

  /** Decides the label of voxel i, whose corners differ. */
  #decide(i: number): number {
    const { low, high, first, second } = this.#x;
    for (let t = 0; t < 4; t++) {
      const from = this.#rows[t]! * this.#nx;
      this.#corners[2 * t] = this.#labels[from + low[i]!]!;
      this.#corners[2 * t + 1] = this.#labels[from + high[i]!]!;
      this.#weights[2 * t] = this.#shares[t]! * first[i]!;
      this.#weights[2 * t + 1] = this.#shares[t]! * second[i]!;
    }
    return largestReaching(this.#corners, this.#weights) ?? this.#undecided;
  }
}

/** Counts how many of up to n values from `from` on, with a stride, equal the first. */
function runLength(labels: FloatArray, from: number, n: number, step: 1 | -1): number {
  const label = labels[from];
  let length = 1;
  while (length < n && labels[from + step * length] === label) length++;
  return length;
}

/**
 * Returns the largest label whose weights, summed in the order of the corners as in SciPy, reach one half; null if
 * there is none.
 */
function largestReaching(corners: Float64Array, weights: Float64Array): number | null {
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
  return found ? best : null;
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
