import type { AxisKernel } from './axis-kernel.ts';
import type { FloatArray } from './image-shape.ts';
import { KernelMemory, type PlaneKernels } from './plane-kernels.ts';
import { SplinePlanes } from './spline-planes.ts';
import type { Bounds } from './value-bounds.ts';

/** Bytes of spline coefficients held at a time: fresh memory is expensive, and a small buffer is cache-friendly. */
const COEFFICIENT_BYTES = 32 * 2 ** 20;

export interface PlaneStreamOptions {
  /** Bytes of spline coefficients held at a time; at least those of 45 planes. */
  coefficientBytes?: number;
  /** Provides the memory for the buffers. Default: a new memory. */
  memoryOf?: (bytes: number) => KernelMemory;
}

/**
 * Resizes a volume plane by plane along its first axis, so that neither the result nor an intermediate of its size is
 * ever held. Besides the source, memory holds a few planes and, for order 3 along the first axis, a number of planes of
 * spline coefficients. All sums are in float64.
 */
export class PlaneStream {
  readonly #kernels: readonly [AxisKernel, AxisKernel, AxisKernel];
  readonly #run: PlaneKernels;
  /** Addresses of the second and third axis. */
  readonly #axes: readonly [number, number];
  readonly #planeSize: number;
  /** Whether to interpolate within the input planes first and along the first axis last; cheaper if that axis grows. */
  readonly #inPlaneFirst: boolean;
  readonly #splines: SplinePlanes | undefined;
  /** Planes to combine along the first axis. */
  readonly #ring: { at: number; plane: Float64Array }[];
  readonly #weights: Float64Array;
  readonly #input: Float64Array;
  readonly #between: Float64Array;
  readonly #result: Float64Array;
  readonly #scratch: number;
  #source: FloatArray;
  #resultAt = -1;

  /**
   * @param source (kernels[0].inputs, kernels[1].inputs, kernels[2].inputs), row-major
   * @throws NnUNetError 'memory-limit' if the planes do not fit
   */
  constructor(
    source: FloatArray,
    kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
    { coefficientBytes = COEFFICIENT_BYTES, memoryOf }: PlaneStreamOptions = {},
  ) {
    const [z, y, x] = kernels;
    const { ring, input, between, result, scratch } = arraysOf(kernels);
    const bytes = planeStreamBytes(kernels, coefficientBytes);
    const memory = memoryOf === undefined ? new KernelMemory(bytes) : memoryOf(bytes);
    this.#kernels = kernels;
    this.#run = memory.run;
    this.#planeSize = y.inputs * x.inputs;
    this.#inPlaneFirst = inPlaneFirst(z);
    this.#axes = [memory.axis(y), memory.axis(x)];
    this.#ring = ring.map((length) => ({ at: -1, plane: memory.float64(length) }));
    this.#weights = memory.float64(z.taps);
    this.#input = memory.float64(input);
    this.#between = memory.float64(between);
    this.#result = memory.float64(result);
    this.#scratch = memory.float64(scratch).byteOffset;
    if (z.order === 3) this.#splines = new SplinePlanes(memory, z.inputs, this.#planeSize, coefficientBytes);
    this.#source = source;
    this.use(source);
  }

  /**
   * Switches to another volume of the same shape, using the same buffers.
   * @param last last output plane that will be requested; coefficients of later ones are not computed
   */
  use(source: FloatArray, last: number = this.#kernels[0].outputs - 1): void {
    const { taps, index } = this.#kernels[0];
    this.#source = source;
    for (const slot of this.#ring) slot.at = -1;
    this.#resultAt = -1;
    this.#splines?.use(source, index[last * taps + taps - 1]! + 1);
  }

  /**
   * Returns output plane k, (kernels[1].outputs, kernels[2].outputs); valid until the next call. Ascending access is
   * fast.
   */
  plane(k: number): Float64Array {
    const { taps, index, weights } = this.#kernels[0];
    const at = index[k * taps]!;
    if (taps === 1) {
      if (this.#resultAt !== at) this.#inPlane(this.#load(at, this.#input), this.#result);
      this.#resultAt = at;
      return this.#result;
    }
    this.#weights.set(weights.subarray(k * taps, (k + 1) * taps));
    const combined = this.#inPlaneFirst ? this.#result : this.#input;
    if (taps === 2) {
      const a = this.#ringPlane(at);
      const b = this.#ringPlane(index[k * taps + 1]!);
      if (weights[k * taps + 1] === 0) combined.set(a);
      else this.#run.mixTwo(combined.byteOffset, a.byteOffset, b.byteOffset, this.#weights.byteOffset, combined.length);
    } else {
      const [a, b, c, d] = this.#inPlaneFirst ? this.#ringPlanes(at) : this.#coefficientPlanes(at);
      this.#run.mixFour(combined.byteOffset, a, b, c, d, this.#weights.byteOffset, combined.length);
    }
    if (!this.#inPlaneFirst) this.#inPlane(combined.byteOffset, this.#result);
    return this.#result;
  }

  /**
   * Returns {@link plane}, clipped to the bounds of its inputs; along the axis of the bounds, the kernel has one tap.
   */
  clippedPlane(k: number, { axis, low, high }: Bounds): Float64Array {
    const plane = this.plane(k);
    const [z, y, x] = this.#kernels;
    if (axis === null || axis === 0) {
      const slice = axis === null ? 0 : z.index[k]!;
      this.#run.clip(plane.byteOffset, low[slice]!, high[slice]!, plane.length);
    } else if (axis === 1) {
      for (let j = 0, at = plane.byteOffset; j < y.outputs; j++, at += 8 * x.outputs) {
        this.#run.clip(at, low[y.index[j]!]!, high[y.index[j]!]!, x.outputs);
      }
    } else {
      for (let at = 0, i = 0; at < plane.length; at++, i = (i + 1) % x.outputs) {
        const v = plane[at]!;
        const slice = x.index[i]!;
        plane[at] = v < low[slice]! ? low[slice]! : Math.min(v, high[slice]!);
      }
    }
    return plane;
  }

  /** Addresses of four planes of coefficients. */
  #coefficientPlanes(at: number): [number, number, number, number] {
    const splines = this.#splines!;
    splines.plane(at);
    const last = splines.plane(at + 3);
    return [splines.plane(at), splines.plane(at + 1), splines.plane(at + 2), last];
  }

  /** Addresses of four planes of coefficients, resized within the plane. */
  #ringPlanes(at: number): [number, number, number, number] {
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => this.#ringPlane(at + i).byteOffset);
    return [a!, b!, c!, d!];
  }

  /** Returns input plane `at` or its coefficients, resized within the plane if that comes first. */
  #ringPlane(at: number): Float64Array {
    const slot = this.#ring[at % this.#ring.length]!;
    if (slot.at === at) return slot.plane;
    slot.at = at;
    if (this.#inPlaneFirst) this.#inPlane(this.#splines?.plane(at) ?? this.#load(at, this.#input), slot.plane);
    else this.#load(at, slot.plane);
    return slot.plane;
  }

  /** Copies a plane of the source to the kernels' memory and returns its address. */
  #load(at: number, plane: Float64Array): number {
    plane.set(this.#source.subarray(at * this.#planeSize, (at + 1) * this.#planeSize));
    return plane.byteOffset;
  }

  #inPlane(source: number, target: Float64Array): void {
    const [, y, x] = this.#kernels;
    const [yAt, xAt] = this.#axes;
    const { resizeColumns, resizeRows } = this.#run;
    const to = target.byteOffset;
    const between = this.#between.byteOffset;
    const scratch = this.#scratch;
    if (x.inputs === x.outputs) resizeColumns(to, source, x.outputs, yAt, scratch);
    else if (y.inputs === y.outputs) resizeRows(to, source, y.outputs, xAt, scratch);
    else if (rowsFirst(y, x)) {
      resizeRows(between, source, y.inputs, xAt, scratch);
      resizeColumns(to, between, x.outputs, yAt, scratch);
    } else {
      resizeColumns(between, source, x.inputs, yAt, scratch);
      resizeRows(to, between, y.outputs, xAt, scratch);
    }
  }
}

/** Whether planes are resized before they are combined along the first axis; cheaper if that axis grows. */
export function inPlaneFirst(z: AxisKernel): boolean {
  return z.order !== 0 && z.outputs > z.inputs;
}

/** Whether the last axis of a plane is resized before the second. */
export function rowsFirst(y: AxisKernel, x: AxisKernel): boolean {
  return y.outputs * x.inputs > y.inputs * x.outputs;
}

/** Lengths of the float64 arrays held by a stream. */
function arraysOf([z, y, x]: readonly [AxisKernel, AxisKernel, AxisKernel]) {
  const input = y.inputs * x.inputs;
  const result = y.outputs * x.outputs;
  const inRing = z.taps === 1 || (z.taps === 4 && !inPlaneFirst(z)) ? 0 : z.taps;
  const both = y.inputs !== y.outputs && x.inputs !== x.outputs;
  return {
    ring: Array<number>(inRing).fill(inPlaneFirst(z) ? result : input),
    input,
    between: !both ? 0 : rowsFirst(y, x) ? y.inputs * x.outputs : y.outputs * x.inputs,
    result,
    scratch: Math.max(KernelMemory.scratchLength(y), KernelMemory.scratchLength(x)),
  };
}

/** Bytes of the buffers held by a {@link PlaneStream}. */
export function planeStreamBytes(
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  coefficientBytes: number = COEFFICIENT_BYTES,
): number {
  const [z, y, x] = kernels;
  const { ring, ...others } = arraysOf(kernels);
  const arrays = [...ring, ...Object.values(others), z.taps].reduce((sum, n) => sum + KernelMemory.bytesOf(n), 0);
  const splines = z.order === 3 ? SplinePlanes.bytes(z.inputs, y.inputs * x.inputs, coefficientBytes) : 0;
  return arrays + splines + KernelMemory.axisBytes(y) + KernelMemory.axisBytes(x);
}
