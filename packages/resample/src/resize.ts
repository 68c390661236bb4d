import { type AxisKernel, axisKernel, type Order } from './axis-kernel.ts';
import { type FloatArray, likeOf, type Shape3, shape3 } from './image-shape.ts';
import { commonMemory } from './plane-kernels.ts';
import { PlaneStream } from './plane-stream.ts';
import { boundsOf } from './value-bounds.ts';

/**
 * Resizes an image with two or three axes like scikit-image ≥ 0.19 (mode edge, no anti-aliasing): voxel centres are
 * aligned, edge values are extended, and order 3 is clipped to the input's range. Computed in float64; the result has
 * the input's type.
 *
 * @throws NnUNetError 'bad-shape' if the shapes do not match
 */
export function resize<T extends FloatArray>(
  data: T,
  shape: readonly number[],
  newShape: readonly number[],
  order: Order,
): T {
  const from = shape3(shape, data.length);
  const to = shape3(newShape);
  const kernels = from.map((n, axis) => axisKernel(n, to[axis]!, order)) as [AxisKernel, AxisKernel, AxisKernel];
  const out = likeOf(data, to[0] * to[1] * to[2]);
  writePlanes(data, from, kernels, order === 3 ? null : undefined, out);
  return out;
}

/** Called by {@link resizeSlabs} for every slab of output planes. */
export type SlabSink<T extends FloatArray> = (slab: T, firstPlane: number, planes: number) => void;

/**
 * Resizes a volume like {@link resize}, in slabs along the first axis: `sink` receives up to `planesPerSlab` output
 * planes at a time, (planes, newShape[1], newShape[2]), in an array that is reused for the next slab.
 */
export function resizeSlabs<T extends FloatArray>(
  { data, shape, newShape, order, planesPerSlab = 8 }: ResizeSlabsOptions<T>,
  sink: SlabSink<T>,
): void {
  const from = shape3(shape, data.length);
  const to = shape3(newShape);
  const kernels = from.map((n, axis) => axisKernel(n, to[axis]!, order)) as [AxisKernel, AxisKernel, AxisKernel];
  const stream = new PlaneStream(data, kernels);
  const bounds = order === 3 ? boundsOf(data, from, null) : undefined;
  const size = to[1] * to[2];
  const slab = likeOf(data, Math.min(planesPerSlab, to[0]) * size);
  for (let k = 0; k < to[0]; k += planesPerSlab) {
    const planes = Math.min(planesPerSlab, to[0] - k);
    for (let i = 0; i < planes; i++) {
      slab.set(bounds === undefined ? stream.plane(k + i) : stream.clippedPlane(k + i, bounds), i * size);
    }
    sink(slab.subarray(0, planes * size) as T, k, planes);
  }
}

export interface ResizeSlabsOptions<T extends FloatArray> {
  data: T;
  /** (z, y, x) */
  shape: Shape3;
  /** (z, y, x) */
  newShape: Shape3;
  order: Order;
  planesPerSlab?: number;
}

/**
 * Applies `kernels` to a volume and writes to `out`. `clipAxis`: undefined for no clipping, null to clip to the range
 * of the whole input, an axis to clip each slice along it to the range of its input slice.
 */
export function writePlanes(
  data: FloatArray,
  shape: Shape3,
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  clipAxis: number | null | undefined,
  out: FloatArray,
): void {
  const bounds = clipAxis === undefined ? undefined : boundsOf(data, shape, clipAxis);
  const stream = new PlaneStream(data, kernels, { memoryOf: commonMemory });
  const size = kernels[1].outputs * kernels[2].outputs;
  const { order, index } = kernels[0];
  for (let k = 0; k < kernels[0].outputs; k++) {
    // Slices that are selected twice are computed once.
    if (order === 0 && k > 0 && index[k] === index[k - 1]) out.copyWithin(k * size, (k - 1) * size, k * size);
    else out.set(bounds === undefined ? stream.plane(k) : stream.clippedPlane(k, bounds), k * size);
  }
}
