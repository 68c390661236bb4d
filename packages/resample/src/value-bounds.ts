import type { FloatArray, Shape3 } from './image-shape.ts';
import { commonMemory, KernelMemory } from './plane-kernels.ts';

/** Minimum and maximum input value per index along an axis, or of the whole input if axis is null. NaN is ignored. */
export interface Bounds {
  readonly axis: number | null;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Number of values copied to the kernels' memory at a time. */
const CHUNK = 16384;

/**
 * Computes the bounds of a volume, to which spline interpolation is clipped; per slice if slices are resized
 * separately.
 */
export function boundsOf(data: FloatArray, shape: Shape3, axis: number | null): Bounds {
  const count = axis === null ? 1 : shape[axis]!;
  const bounds: Bounds = {
    axis,
    low: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    high: new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
  };
  if (axis === 2) boundColumns(data, bounds);
  else boundRuns(data, axis === null ? data.length : axis === 0 ? shape[1] * shape[2] : shape[2], bounds);
  return bounds;
}

/** Every `run` values belong to one slice; the slices repeat cyclically. */
function boundRuns(data: FloatArray, run: number, { low, high }: Bounds): void {
  const memory = commonMemory(KernelMemory.bytesOf(2) + KernelMemory.bytesOf(CHUNK));
  const pair = memory.float64(2);
  const chunk = memory.float64(CHUNK);
  for (let from = 0, slice = 0; from < data.length; from += run, slice = (slice + 1) % low.length) {
    pair[0] = low[slice]!;
    pair[1] = high[slice]!;
    for (let at = from; at < from + run; at += CHUNK) {
      const n = Math.min(CHUNK, from + run - at);
      chunk.set(data.subarray(at, at + n));
      memory.run.bound(pair.byteOffset, chunk.byteOffset, n);
    }
    low[slice] = pair[0]!;
    high[slice] = pair[1]!;
  }
}

function boundColumns(data: FloatArray, { low, high }: Bounds): void {
  for (let at = 0; at < data.length; at += low.length) {
    for (let x = 0; x < low.length; x++) {
      const v = data[at + x]!;
      if (v < low[x]!) low[x] = v;
      if (v > high[x]!) high[x] = v;
    }
  }
}
