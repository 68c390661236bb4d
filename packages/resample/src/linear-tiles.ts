import type { AxisKernel } from './axis-kernel.ts';
import { type FloatArray, type Shape3, shape3 } from './image-shape.ts';
import { inPlaneFirst, rowsFirst } from './plane-stream.ts';
import type { ResampleOptions } from './resample.ts';
import { kernelsInOnePass } from './resampled-planes.ts';

/** First voxel and number of voxels along each axis, (z, y, x). */
export interface TileBox {
  readonly start: Shape3;
  readonly size: Shape3;
}

/** Maximum of a tile's input voxels, and whether all are nonnegative. */
export interface TileBound {
  greatest: number;
  notNegative: boolean;
}

/**
 * Small boxes of a resampled image, for orders 0 and 1: bit for bit what `resampleData` computes there, without the
 * rest. Each voxel of a tile is a weighted mean of its input voxels, so their maximum shows whether a tile can matter
 * before it is computed.
 */
export class LinearTiles {
  readonly #kernels: readonly [AxisKernel, AxisKernel, AxisKernel];
  readonly #shape: Shape3;
  /** Axes in the order in which they are interpolated. */
  readonly #order: readonly (0 | 1 | 2)[];
  readonly #from: [number, number, number] = [0, 0, 0];
  readonly #counts: [number, number, number] = [0, 0, 0];
  #base = 0;
  #box: TileBox = { start: [0, 0, 0], size: [0, 0, 0] };
  #buffers: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)];

  constructor(options: ResampleOptions) {
    this.#shape = shape3(options.shape);
    this.#kernels = kernelsInOnePass(options);
    const [z, y, x] = this.#kernels;
    const inPlane = rowsFirst(y, x) ? ([2, 1] as const) : ([1, 2] as const);
    this.#order = inPlaneFirst(z) ? [...inPlane, 0] : [0, ...inPlane];
  }

  /** Whether the options need no splines. */
  static possible({ order, orderZ = 0, separateAxis = null }: ResampleOptions): boolean {
    return order !== 3 && (separateAxis === null || orderZ !== 3);
  }

  /** Returns the range of input planes, [first, end), needed for the output planes [first, end). */
  inputPlanes(first: number, end: number): [number, number] {
    const { index, taps } = this.#kernels[0];
    return [index[first * taps]!, index[end * taps - 1]! + 1];
  }

  /**
   * Selects a tile of the output.
   * @param base first input plane in the arrays passed from now on, if they contain only part of the image
   */
  use(box: TileBox, base = 0): void {
    this.#box = box;
    this.#base = base;
    for (let axis = 0; axis < 3; axis++) {
      const { index, taps } = this.#kernels[axis]!;
      const first = box.start[axis]!;
      this.#from[axis] = index[first * taps]!;
      this.#counts[axis] = index[(first + box.size[axis]!) * taps - 1]! + 1 - this.#from[axis]!;
    }
  }

  /** Computes the bound of the selected tile's input. */
  bound(source: FloatArray, into: TileBound): void {
    const [, ny, nx] = this.#shape;
    const [z0, y0, x0] = this.#from;
    const [cz, cy, cx] = this.#counts;
    let greatest = Number.NEGATIVE_INFINITY;
    let least = 0;
    for (let z = 0; z < cz; z++) {
      for (let y = 0; y < cy; y++) {
        const row = ((z0 - this.#base + z) * ny + y0 + y) * nx + x0;
        for (let i = row; i < row + cx; i++) {
          const v = source[i]!;
          if (v > greatest) greatest = v;
          if (v < least) least = v;
        }
      }
    }
    into.greatest = greatest;
    into.notNegative = least === 0;
  }

  /** Returns the selected tile, row-major; valid until the next call. */
  tile(source: FloatArray): Float64Array {
    let counts: Shape3 = [...this.#counts];
    let from = this.#gather(source);
    let other = 1;
    for (const axis of this.#order) {
      const kernel = this.#kernels[axis];
      if (kernel.inputs === kernel.outputs) continue;
      const size = this.#box.size[axis]!;
      const next = counts.map((n, a) => (a === axis ? size : n)) as unknown as Shape3;
      const to = this.#buffer(other, next[0] * next[1] * next[2]);
      this.#pass(from, counts, axis, to);
      counts = next;
      from = to;
      other = 1 - other;
    }
    return from;
  }

  #gather(source: FloatArray): Float64Array {
    const [, ny, nx] = this.#shape;
    const [z0, y0, x0] = this.#from;
    const [cz, cy, cx] = this.#counts;
    const to = this.#buffer(0, cz * cy * cx);
    for (let z = 0, at = 0; z < cz; z++) {
      for (let y = 0; y < cy; y++) {
        const row = ((z0 - this.#base + z) * ny + y0 + y) * nx + x0;
        for (let i = row; i < row + cx; i++, at++) to[at] = source[i]!;
      }
    }
    return to;
  }

  /** Interpolates along one axis of a (z, y, x) array. */
  #pass(from: Float64Array, counts: Shape3, axis: 0 | 1 | 2, to: Float64Array): void {
    const { taps, index, weights } = this.#kernels[axis];
    const n = counts[axis]!;
    const inner = axis === 2 ? 1 : axis === 1 ? counts[2] : counts[1] * counts[2];
    const outer = axis === 0 ? 1 : axis === 1 ? counts[0] : counts[0] * counts[1];
    const first = this.#box.start[axis]!;
    const outputs = this.#box.size[axis]!;
    const base = this.#from[axis]!;
    for (let o = 0, at = 0; o < outer; o++) {
      const start = o * n * inner;
      for (let k = first; k < first + outputs; k++, at += inner) {
        const a = start + (index[k * taps]! - base) * inner;
        const b = start + (index[k * taps + taps - 1]! - base) * inner;
        const wa = weights[k * taps]!;
        const wb = taps === 1 ? 0 : weights[k * taps + 1]!;
        // As in a plane stream, including the treatment of NaN.
        if (taps === 1 || (axis === 0 && wb === 0)) for (let i = 0; i < inner; i++) to[at + i] = from[a + i]!;
        else for (let i = 0; i < inner; i++) to[at + i] = wa * from[a + i]! + wb * from[b + i]!;
      }
    }
  }

  #buffer(which: number, length: number): Float64Array {
    if (this.#buffers[which]!.length < length) this.#buffers[which] = new Float64Array(length);
    return this.#buffers[which]!;
  }
}
