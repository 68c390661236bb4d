import { type AxisKernel, MARGIN } from './axis-kernel.ts';
import { resizeColumns, resizeRows } from './plane-passes.ts';
import { prefilterColumns } from './prefilter.ts';

/** Bytes of spline coefficients held at once. Longer volumes are filtered in overlapping slabs. */
const COEFFICIENT_BYTES = 256 * 2 ** 20;

/** Planes that two slabs of coefficients overlap by on each side: 0.27^32 is below float64's rounding. */
const OVERLAP = 32;

/** Columns filtered together along the first axis. */
const BLOCK = 256;

/**
 * Resizes a volume plane by plane along its first axis, so that neither the result nor an intermediate of its size is
 * ever held. Memory beside the source: a few planes, and for order 3 along the first axis up to 256 MiB of spline
 * coefficients. All sums are float64.
 */
export class PlaneStream {
  #source: Float32Array | Float64Array;
  readonly #planes: number;
  readonly #planeSize: number;
  readonly #kernels: readonly [AxisKernel, AxisKernel, AxisKernel];
  readonly #outputSize: number;
  /** Interpolate within the input planes first and along the first axis last; cheaper when that axis grows. */
  readonly #inPlaneFirst: boolean;
  readonly #coefficientBytes: number;
  readonly #ring: { at: number; plane: Float64Array }[];
  readonly #combined: Float64Array;
  readonly #between: Float64Array;
  readonly #result: Float64Array;
  #resultAt = -1;
  #coefficients = new Float64Array(0);
  /** Rows of #coefficients before the first valid one. */
  #skip = 0;
  #from = 0;
  #to = 0;
  /** Planes of coefficients from here on are not asked for. */
  #end = Number.POSITIVE_INFINITY;

  /**
   * @param source (kernels[0].inputs, kernels[1].inputs, kernels[2].inputs), row-major
   * @param coefficientBytes spline coefficients held at once (at least those of 64 planes and their overlap)
   */
  constructor(
    source: Float32Array | Float64Array,
    kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
    coefficientBytes: number = COEFFICIENT_BYTES,
  ) {
    const [z, y, x] = kernels;
    this.#source = source;
    this.#coefficientBytes = coefficientBytes;
    this.#kernels = kernels;
    this.#planes = z.inputs;
    this.#planeSize = y.inputs * x.inputs;
    this.#outputSize = y.outputs * x.outputs;
    this.#inPlaneFirst = inPlaneFirst(z);
    const ringSize = this.#inPlaneFirst ? this.#outputSize : this.#planeSize;
    this.#ring = Array.from({ length: z.taps }, () => ({ at: -1, plane: new Float64Array(ringSize) }));
    this.#combined = new Float64Array(z.order === 0 ? 0 : this.#inPlaneFirst ? this.#outputSize : this.#planeSize);
    this.#between = new Float64Array(Math.max(y.inputs * x.outputs, y.outputs * x.inputs));
    this.#result = new Float64Array(this.#outputSize);
  }

  /**
   * Goes on with another volume of the same shape, in the same buffers.
   * @param last output plane beyond which none will be asked for: coefficients of later ones are not made
   */
  use(source: Float32Array | Float64Array, last: number = this.#kernels[0].outputs - 1): void {
    const { taps, index } = this.#kernels[0];
    this.#source = source;
    for (const slot of this.#ring) slot.at = -1;
    this.#resultAt = -1;
    this.#from = 0;
    this.#to = 0;
    this.#end = index[last * taps + taps - 1]! + 1;
  }

  /** Output plane k, (kernels[1].outputs, kernels[2].outputs); valid until the next call. Ascending k is fast. */
  plane(k: number): Float64Array {
    const z = this.#kernels[0];
    const at = z.index[k * z.taps]!;
    if (z.order === 0) {
      if (this.#resultAt === at) return this.#result;
      this.#resultAt = at;
      const source = this.#source.subarray(at * this.#planeSize, (at + 1) * this.#planeSize);
      return this.#inPlane(source, this.#result);
    }
    const combined = this.#combine(k);
    return this.#inPlaneFirst ? combined : this.#inPlane(combined, this.#result);
  }

  #combine(k: number): Float64Array {
    const { taps, index, weights } = this.#kernels[0];
    const out = this.#combined;
    const a = this.#ringPlane(index[k * taps]!);
    const b = this.#ringPlane(index[k * taps + 1]!);
    const wa = weights[k * taps]!;
    const wb = weights[k * taps + 1]!;
    if (taps === 2) {
      if (wb === 0) return a;
      for (let i = 0; i < out.length; i++) out[i] = wa * a[i]! + wb * b[i]!;
      return out;
    }
    const c = this.#ringPlane(index[k * taps + 2]!);
    const d = this.#ringPlane(index[k * taps + 3]!);
    const wc = weights[k * taps + 2]!;
    const wd = weights[k * taps + 3]!;
    for (let i = 0; i < out.length; i++) out[i] = wa * a[i]! + wb * b[i]! + wc * c[i]! + wd * d[i]!;
    return out;
  }

  /** Input plane `at` (or its coefficients), resized within the plane where that comes first. */
  #ringPlane(at: number): Float64Array {
    const slot = this.#ring[at % this.#ring.length]!;
    if (slot.at === at) return slot.plane;
    slot.at = at;
    if (this.#kernels[0].order === 3) {
      const base = this.#coefficientPlane(at);
      if (this.#inPlaneFirst) this.#inPlane(base, slot.plane);
      else slot.plane.set(base);
    } else {
      const plane = this.#source.subarray(at * this.#planeSize, (at + 1) * this.#planeSize);
      if (this.#inPlaneFirst) this.#inPlane(plane, slot.plane);
      else slot.plane.set(plane);
    }
    return slot.plane;
  }

  #inPlane(source: Float32Array | Float64Array, target: Float64Array): Float64Array {
    const [, y, x] = this.#kernels;
    const sameRows = y.inputs === y.outputs;
    const sameColumns = x.inputs === x.outputs;
    if (sameRows && sameColumns) target.set(source.subarray(0, this.#planeSize));
    else if (sameRows) resizeRows(source, y.outputs, x, target);
    else if (sameColumns) resizeColumns(source, x.outputs, y, target);
    else if (!rowsFirst(y, x)) {
      resizeColumns(source, x.inputs, y, this.#between);
      resizeRows(this.#between, y.outputs, x, target);
    } else {
      resizeRows(source, y.inputs, x, this.#between);
      resizeColumns(this.#between, x.outputs, y, target);
    }
    return target;
  }

  /** Spline coefficients along the first axis; `at` counts from MARGIN planes before the first. */
  #coefficientPlane(at: number): Float64Array {
    if (at < this.#from || at >= this.#to) this.#filterSlab(at);
    const start = (at - this.#from + this.#skip) * this.#planeSize;
    return this.#coefficients.subarray(start, start + this.#planeSize);
  }

  #filterSlab(at: number): void {
    const size = this.#planeSize;
    const fits = coefficientPlanes(size, this.#coefficientBytes);
    const whole = this.#planes + 2 * MARGIN;
    const from = whole <= fits + 2 * OVERLAP && this.#end >= whole ? 0 : at;
    const to = Math.min(this.#end, whole <= fits + 2 * OVERLAP ? whole : Math.min(whole, at + fits));
    const first = Math.max(0, from - MARGIN - OVERLAP);
    const last = Math.min(this.#planes, to - MARGIN + OVERLAP);
    const n = last - first;
    if (this.#coefficients.length < (n + 2 * MARGIN) * size) {
      this.#coefficients = new Float64Array((n + 2 * MARGIN) * size);
    }
    // a block is filtered while it is in the cache
    for (let j = 0; j < size; j += BLOCK) {
      const place = { offset: j, stride: size, n, width: Math.min(BLOCK, size - j) };
      const source = this.#source;
      prefilterColumns(this.#coefficients, { source, from: first * size + j, sourceStride: size, ...place });
    }
    this.#from = from;
    this.#to = to;
    this.#skip = from - first;
  }
}

/** Whether planes are resized before they are combined along the first axis: cheaper when that axis grows. */
export function inPlaneFirst(z: AxisKernel): boolean {
  return z.order !== 0 && z.outputs > z.inputs;
}

/** Whether the last axis of a plane is resized before the other. */
export function rowsFirst(y: AxisKernel, x: AxisKernel): boolean {
  return y.outputs * x.inputs > y.inputs * x.outputs;
}

/** Planes of coefficients that are valid at once, and that two slabs share none of. */
function coefficientPlanes(planeSize: number, bytes: number): number {
  return Math.max(64, Math.floor(bytes / (8 * planeSize)) - 2 * OVERLAP - 2 * MARGIN);
}

/** Bytes of the buffers that a {@link PlaneStream} holds. */
export function planeStreamBytes(
  [z, y, x]: readonly [AxisKernel, AxisKernel, AxisKernel],
  coefficientBytes: number = COEFFICIENT_BYTES,
): number {
  const planeSize = y.inputs * x.inputs;
  const outputSize = y.outputs * x.outputs;
  const ringSize = inPlaneFirst(z) ? outputSize : planeSize;
  const planes =
    (z.taps + 1) * ringSize + Math.max(y.inputs * x.outputs, y.outputs * x.inputs) + outputSize + planeSize;
  const slab = coefficientPlanes(planeSize, coefficientBytes) + 2 * OVERLAP + 2 * MARGIN;
  return 8 * (planes + (z.order === 3 ? planeSize * Math.min(z.inputs + 2 * MARGIN, slab) : 0));
}
