import type { Shape3 } from './image-shape.ts';

/** Least and greatest input value per index along an axis, or of all when axis is null. NaN is passed over. */
export interface Bounds {
  readonly axis: number | null;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Bounds of a volume: spline interpolation is clipped to them, per slice where slices are resized one by one. */
export function boundsOf(data: Float32Array | Float64Array, shape: Shape3, axis: number | null): Bounds {
  const [nz, ny, nx] = shape;
  const count = axis === null ? 1 : shape[axis]!;
  const low = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let z = 0, row = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, row += nx) {
      if (axis === 2) {
        for (let x = 0; x < nx; x++) {
          const v = data[row + x]!;
          if (v < low[x]!) low[x] = v;
          if (v > high[x]!) high[x] = v;
        }
        continue;
      }
      const slot = axis === 0 ? z : axis === 1 ? y : 0;
      let least = low[slot]!;
      let greatest = high[slot]!;
      for (let x = 0; x < nx; x++) {
        const v = data[row + x]!;
        if (v < least) least = v;
        if (v > greatest) greatest = v;
      }
      low[slot] = least;
      high[slot] = greatest;
    }
  }
  return { axis, low, high };
}
