import { type AxisKernel, axisKernel, type Order } from './axis-kernel.ts';
import { type FloatArray, likeOf, type Shape3, shape3 } from './image-shape.ts';
import { writePlanes } from './resize.ts';
import { resampleLabelsInto, uniqueValues } from './resize-segmentation.ts';

export interface ResampleOptions {
  /** (z, y, x) of one channel. */
  shape: readonly number[];
  /** (z, y, x) */
  newShape: readonly number[];
  order: Order;
  /** Axis resampled separately (see {@link separateAxis}); null resamples all axes together. */
  separateAxis?: number | null;
  /** Interpolation order along that axis. Default: 0 (nearest). */
  orderZ?: Order;
  /** Precision of the positions between voxels; 'float32' is torch's. Default: 'float64'. */
  positions?: 'float64' | 'float32' | undefined;
}

/**
 * Resamples one channel of an image. With a separate axis, every slice along it is resized (and clipped) on its own,
 * then the slices are interpolated along the axis with `orderZ`. Writes to `out` if given (newShape), else to a new
 * array. An image that already has the new shape is copied unchanged. From v1's preprocessing.py, resample_data_or_seg.
 */
export function resampleData<T extends FloatArray>(data: T, options: ResampleOptions, out?: T): T {
  const { from, to, order, axis, orderZ, positions } = normalized(options, data.length);
  const target = out ?? likeOf(data, to[0] * to[1] * to[2]);
  if (sameShape(from, to)) {
    target.set(data);
    return target;
  }
  const clipAxis = order === 3 ? axis : undefined;
  if (axis === null || orderZ === 0) {
    writePlanes(data, from, kernelsOf(from, to, order, axis, positions), clipAxis, target);
    return target;
  }
  const middle = replaced(to, axis, from[axis]!);
  const slices = new Float64Array(middle[0] * middle[1] * middle[2]);
  writePlanes(data, from, kernelsOf(from, middle, order, axis), clipAxis, slices);
  writePlanes(slices, middle, kernelsOf(middle, to, orderZ, null), undefined, target);
  return target;
}

/**
 * Resamples one label map, like {@link resampleData} but with the rule of {@link resizeSegmentation}. With a separate
 * axis and `orderZ` above 0, each label's binary map is interpolated along the axis and must exceed one half. Where no
 * label does, `undecided` is written. Default: 0.
 */
export function resampleLabels<T extends FloatArray>(
  labels: T,
  options: ResampleOptions & { undecided?: number | undefined },
  out?: T,
): T {
  const { undecided = 0 } = options;
  const { from, to, order, axis, orderZ } = normalized(options, labels.length);
  const target = out ?? likeOf(labels, to[0] * to[1] * to[2]);
  if (sameShape(from, to)) {
    target.set(labels);
    return target;
  }
  if (axis === null || orderZ === 0) {
    resampleLabelsInto(labels, from, kernelsOf(from, to, order, axis), target, undecided);
    return target;
  }
  const middle = replaced(to, axis, from[axis]!);
  const slices = likeOf(labels, middle[0] * middle[1] * middle[2]);
  resampleLabelsInto(labels, from, kernelsOf(from, middle, order, axis), slices, undecided);
  if (sameShape(middle, to)) {
    target.set(slices);
    return target;
  }
  interpolateLabelSlices(slices, { shape: middle, newShape: to, orderZ, undecided }, target);
  return target;
}

/**
 * Interpolates label maps of slices along the one axis in which the shapes differ: the binary map of a label must exceed
 * one half; of several such labels, which splines allow, the greatest is taken.
 */
export function interpolateLabelSlices(
  slices: FloatArray,
  { shape, newShape, orderZ, undecided }: { shape: Shape3; newShape: Shape3; orderZ: Order; undecided: number },
  target: FloatArray,
): void {
  target.fill(undecided);
  const indicator = new Float64Array(slices.length);
  const moved = new Float64Array(target.length);
  for (const label of uniqueValues(slices)) {
    for (let i = 0; i < slices.length; i++) indicator[i] = slices[i] === label ? 1 : 0;
    writePlanes(indicator, shape, kernelsOf(shape, newShape, orderZ, null), undefined, moved);
    for (let i = 0; i < moved.length; i++) if (moved[i]! > 0.5) target[i] = label;
  }
}

export interface ResampleAllOptions extends Omit<ResampleOptions, 'shape'> {
  /** (c, z, y, x) */
  shape: readonly number[];
  /** Whether to use the rule for label maps. */
  isSegmentation: boolean;
}

/** Resamples each channel on its own, (c, z, y, x) → (c, …newShape); the result has the input's type. */
export function resampleDataOrSeg<T extends FloatArray>(data: T, options: ResampleAllOptions): T {
  const [channels = 0, ...shape] = options.shape;
  const size = data.length / channels;
  const newSize = options.newShape.reduce((a, b) => a * b, 1);
  const out = likeOf(data, channels * newSize);
  const one = options.isSegmentation ? resampleLabels : resampleData;
  for (let c = 0; c < channels; c++) {
    const from = data.subarray(c * size, (c + 1) * size) as T;
    one(from, { ...options, shape }, out.subarray(c * newSize, (c + 1) * newSize) as T);
  }
  return out;
}

/** Kernels for resizing all axes with one order, except a separate axis, along which the nearest slice is taken. */
export function kernelsOf(
  from: Shape3,
  to: Shape3,
  order: Order,
  separateAxis: number | null,
  positions?: ResampleOptions['positions'],
): [AxisKernel, AxisKernel, AxisKernel] {
  const kernel = (axis: number) => axisKernel(from[axis]!, to[axis]!, axis === separateAxis ? 0 : order, positions);
  return [kernel(0), kernel(1), kernel(2)];
}

function normalized(options: ResampleOptions, length: number) {
  const { order, orderZ = 0, separateAxis: axis = null, positions } = options;
  return { from: shape3(options.shape, length), to: shape3(options.newShape), order, axis, orderZ, positions };
}

function sameShape(a: Shape3, b: Shape3): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

function replaced(shape: Shape3, axis: number, n: number): Shape3 {
  return shape.map((m, i) => (i === axis ? n : m)) as unknown as Shape3;
}
