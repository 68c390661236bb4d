import { type AxisKernel, axisKernel, type Order } from './axis-kernel.ts';
import { type FloatArray, likeOf, type Shape3, shape3 } from './image-shape.ts';
import { PlaneStream } from './plane-stream.ts';
import { type Bounds, boundsOf } from './value-bounds.ts';

/**
 * Resizes an image of two or three axes with the rules of scikit-image ≥ 0.19 (mode edge, no anti-aliasing): centres
 * aligned, edge values continued, order 3 clipped to the input's least and greatest value. Computed in float64;
 * the result has the input's type.
 *
 * @throws NnUNetError 'bad-shape' when the shapes do not fit
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

/** What {@link resizeSlabs} calls for every slab of output planes. */
export type SlabSink<T extends FloatArray> = (slab: T, firstPlane: number, planes: number) => void;

/**
 * {@link resize} in slabs along the first axis of a volume: `sink` gets up to `planesPerSlab` output planes at a time,
 * (planes, newShape[1], newShape[2]), in an array that is used again for the next slab.
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
      copyClipped(stream.plane(k + i), slab.subarray(i * size, (i + 1) * size) as T, { k: k + i, kernels, bounds });
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
 * Runs a volume through `kernels` into `out`. `clipAxis`: undefined for no clipping, null to clip to the whole input's
 * bounds, an axis to clip each slice along it to its own input slice's bounds.
 */
export function writePlanes(
  data: FloatArray,
  shape: Shape3,
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  clipAxis: number | null | undefined,
  out: FloatArray,
): void {
  const stream = new PlaneStream(data, kernels);
  const bounds = clipAxis === undefined ? undefined : boundsOf(data, shape, clipAxis);
  const size = kernels[1].outputs * kernels[2].outputs;
  const { order, index } = kernels[0];
  for (let k = 0; k < kernels[0].outputs; k++) {
    // slices that are picked twice are made once
    if (order === 0 && k > 0 && index[k] === index[k - 1]) out.copyWithin(k * size, (k - 1) * size, k * size);
    else copyClipped(stream.plane(k), out.subarray(k * size, (k + 1) * size), { k, kernels, bounds });
  }
}

export interface PlanePlace {
  k: number;
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel];
  bounds: Bounds | undefined;
}

/** Copies a plane to `out` (which may be the plane itself), clipped to the bounds of what it was made from. */
export function copyClipped(plane: Float64Array, out: FloatArray, { k, kernels, bounds }: PlanePlace): void {
  const [z, y, x] = kernels;
  if (bounds === undefined) {
    out.set(plane);
    return;
  }
  const { axis, low, high } = bounds;
  if (axis === 2) {
    for (let j = 0, at = 0; j < y.outputs; j++) {
      for (let i = 0; i < x.outputs; i++, at++) {
        const slice = x.index[i]!;
        const v = plane[at]!;
        out[at] = v < low[slice]! ? low[slice]! : Math.min(v, high[slice]!);
      }
    }
    return;
  }
  for (let j = 0; j < y.outputs; j++) {
    // along a clipping axis the kernel has one tap: its index is the input slice
    const slice = axis === 0 ? z.index[k]! : axis === 1 ? y.index[j]! : 0;
    const least = low[slice]!;
    const greatest = high[slice]!;
    const end = (j + 1) * x.outputs;
    for (let at = j * x.outputs; at < end; at++) {
      const v = plane[at]!;
      out[at] = v < least ? least : Math.min(v, greatest);
    }
  }
}
