import type { AxisKernel } from './axis-kernel.ts';
import { type FloatArray, type Shape3, shape3 } from './image-shape.ts';
import { PlaneStream, planeStreamBytes } from './plane-stream.ts';
import { kernelsOf, type ResampleOptions } from './resample.ts';
import { type Bounds, boundsOf } from './value-bounds.ts';

/**
 * Computes the result of `resampleData` plane by plane along the first axis, for one image of a given shape at a time,
 * in one set of buffers: no array of the output's size is created. Values are float64.
 */
export class ResampledPlanes {
  readonly #shape: Shape3;
  readonly #kernels: readonly [AxisKernel, AxisKernel, AxisKernel];
  readonly #clipAxis: number | null | undefined;
  readonly #coefficientBytes: number | undefined;
  #stream: PlaneStream | undefined;
  #bounds: Bounds | undefined;

  /** @param coefficientBytes bytes of spline coefficients held at a time; see {@link PlaneStream} */
  constructor(options: ResampleOptions, coefficientBytes?: number) {
    const { order, separateAxis = null } = options;
    this.#shape = shape3(options.shape);
    this.#kernels = kernelsInOnePass(options);
    this.#clipAxis = order === 3 ? separateAxis : undefined;
    this.#coefficientBytes = coefficientBytes;
  }

  /**
   * Whether planes can be computed one by one. If slices are resized with one order and interpolated along the separate
   * axis with another, and either is a spline, all slices are needed first.
   */
  static possible(options: ResampleOptions): boolean {
    const { order, orderZ = 0, separateAxis: axis = null } = options;
    if (axis === null || orderZ === 0 || options.shape[axis] === options.newShape[axis]) return true;
    return order !== 3 && orderZ !== 3;
  }

  /** Bytes of the buffers. */
  static bytes(options: ResampleOptions, coefficientBytes?: number): number {
    return planeStreamBytes(kernelsInOnePass(options), coefficientBytes);
  }

  /** Returns the minimum and maximum to which planes of this image are clipped; undefined without clipping. */
  boundsOf(data: FloatArray): Bounds | undefined {
    return this.#clipAxis === undefined ? undefined : boundsOf(data, this.#shape, this.#clipAxis);
  }

  /**
   * Selects an image.
   * @param bounds its {@link boundsOf}
   * @param last last output plane that will be requested
   */
  use(data: FloatArray, bounds: Bounds | undefined, last: number): void {
    this.#stream ??= new PlaneStream(data, this.#kernels, { coefficientBytes: this.#coefficientBytes });
    this.#stream.use(data, last);
    this.#bounds = bounds;
  }

  /**
   * Returns output plane k of the selected image, (newShape[1], newShape[2]); valid until the next call. Ascending
   * access is fast.
   */
  plane(k: number): Float64Array {
    return this.#bounds === undefined ? this.#stream!.plane(k) : this.#stream!.clippedPlane(k, this.#bounds);
  }
}

/** Kernels of a resampling whose axes can be processed in sequence without intermediate rounding. */
export function kernelsInOnePass({
  shape,
  newShape,
  order,
  orderZ = 0,
  separateAxis = null,
  positions,
}: ResampleOptions) {
  const [from, to] = [shape3(shape), shape3(newShape)];
  const kernels = kernelsOf(from, to, order, separateAxis, positions);
  if (separateAxis !== null && orderZ !== 0) kernels[separateAxis] = kernelsOf(from, to, orderZ, null)[separateAxis]!;
  return kernels;
}
