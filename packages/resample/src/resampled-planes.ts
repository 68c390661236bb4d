import type { AxisKernel } from './axis-kernel.ts';
import { type FloatArray, type Shape3, shape3 } from './image-shape.ts';
import { PlaneStream, planeStreamBytes } from './plane-stream.ts';
import { kernelsOf, type ResampleOptions } from './resample.ts';
import { type Bounds, boundsOf } from './value-bounds.ts';

/**
 * What `resampleData` gives, plane by plane along the first axis and for one image of a shape after another, in one set
 * of buffers: no array of the output's size is made. Values are float64.
 */
export class ResampledPlanes {
  readonly #shape: Shape3;
  readonly #kernels: readonly [AxisKernel, AxisKernel, AxisKernel];
  readonly #clipAxis: number | null | undefined;
  readonly #coefficientBytes: number | undefined;
  #stream: PlaneStream | undefined;
  #bounds: Bounds | undefined;

  /** @param coefficientBytes spline coefficients held at once; see {@link PlaneStream} */
  constructor(options: ResampleOptions, coefficientBytes?: number) {
    const { order, separateAxis = null } = options;
    this.#shape = shape3(options.shape);
    this.#kernels = kernelsInOnePass(options);
    this.#clipAxis = order === 3 ? separateAxis : undefined;
    this.#coefficientBytes = coefficientBytes;
  }

  /**
   * Whether planes can be made one by one. Where slices are resized with one order and interpolated along the separate
   * axis with another of which either is a spline, the slices have to be there first.
   */
  static possible(options: ResampleOptions): boolean {
    const { order, orderZ = 0, separateAxis: axis = null } = options;
    if (axis === null || orderZ === 0 || options.shape[axis] === options.newShape[axis]) return true;
    return order !== 3 && orderZ !== 3;
  }

  /** Bytes of its buffers. */
  static bytes(options: ResampleOptions, coefficientBytes?: number): number {
    return planeStreamBytes(kernelsInOnePass(options), coefficientBytes);
  }

  /** Least and greatest values that planes of this image are clipped to; undefined where nothing is clipped. */
  boundsOf(data: FloatArray): Bounds | undefined {
    return this.#clipAxis === undefined ? undefined : boundsOf(data, this.#shape, this.#clipAxis);
  }

  /**
   * Turns to an image.
   * @param bounds what {@link boundsOf} gave for it
   * @param last output plane beyond which none will be asked for
   */
  use(data: FloatArray, bounds: Bounds | undefined, last: number): void {
    this.#stream ??= new PlaneStream(data, this.#kernels, { coefficientBytes: this.#coefficientBytes });
    this.#stream.use(data, last);
    this.#bounds = bounds;
  }

  /** Output plane k of the image in use, (newShape[1], newShape[2]); valid until the next call. Ascending k is fast. */
  plane(k: number): Float64Array {
    return this.#bounds === undefined ? this.#stream!.plane(k) : this.#stream!.clippedPlane(k, this.#bounds);
  }
}

/** Kernels of a resampling whose axes can be done one after the other without rounding between. */
export function kernelsInOnePass({ shape, newShape, order, orderZ = 0, separateAxis = null }: ResampleOptions) {
  const [from, to] = [shape3(shape), shape3(newShape)];
  const kernels = kernelsOf(from, to, order, separateAxis);
  if (separateAxis !== null && orderZ !== 0) kernels[separateAxis] = kernelsOf(from, to, orderZ, null)[separateAxis]!;
  return kernels;
}
