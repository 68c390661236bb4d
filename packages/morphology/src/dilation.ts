import { maskRuns } from './mask-runs.ts';
import { maskShape } from './volume-shape.ts';

/**
 * Structuring element for dilation and erosion, as segments along x: voxels (dz, dy, low … high) relative to its
 * centre.
 */
export interface StructuringElement {
  readonly segments: readonly { dz: number; dy: number; low: number; high: number }[];
}

/**
 * A ball of real-valued radius: ⌊2r + 1⌋ points per axis, equally spaced from −r to r; those whose squared distance is
 * at most r² are set. Sizes may be even; the centre is point n div 2. From scikit-image's `ball`, which v1's cascade
 * augmentation calls with non-integer radii.
 */
export function ball(radius: number): StructuringElement {
  const n = Math.floor(2 * radius + 1);
  const centre = Math.floor(n / 2);
  // In NumPy's order of operations: whether the ends are within the radius depends on the last bit.
  const step = n === 1 ? 1 : (2 * radius) / (n - 1);
  const position = (i: number) => i * step - radius;
  const segments: { dz: number; dy: number; low: number; high: number }[] = [];
  for (let z = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      let low = n;
      let high = -1;
      for (let x = 0; x < n; x++) {
        if (position(z) ** 2 + position(y) ** 2 + position(x) ** 2 > radius * radius) continue;
        low = Math.min(low, x);
        high = x;
      }
      if (high >= 0) segments.push({ dz: z - centre, dy: y - centre, low: low - centre, high: high - centre });
    }
  }
  return { segments };
}

/** The centre and its face neighbours: 7 voxels in 3D, 5 if `flat`. */
export function cross(flat = false): StructuringElement {
  const point = (dz: number, dy: number) => ({ dz, dy, low: 0, high: 0 });
  const plane = [point(0, -1), { dz: 0, dy: 0, low: -1, high: 1 }, point(0, 1)];
  return { segments: flat ? plane : [point(-1, 0), ...plane, point(1, 0)] };
}

/** Dilates a mask: sets voxels p with a set voxel at p − o for any o of the element. Outside the array is 0. */
export function dilate(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return spread(mask, shape, { element, sign: 1, complement: false });
}

/** Erodes a mask: sets voxels p for which all p + o are set. Outside the array counts as set. */
export function erode(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return spread(mask, shape, { element, sign: -1, complement: true });
}

/** Erosion followed by dilation: removes structures smaller than the element. */
export function open(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return dilate(erode(mask, shape, element), shape, element);
}

/** Dilation followed by erosion: closes gaps smaller than the element. */
export function close(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return erode(dilate(mask, shape, element), shape, element);
}

interface Spread {
  element: StructuringElement;
  sign: 1 | -1;
  /** Whether to spread the zeros and return what they do not reach. */
  complement: boolean;
}

/**
 * Each run of set voxels, shifted by a segment of the element, is an interval of another row. Its two ends are added to
 * a row of differences, whose running sum is the number of intervals covering a voxel.
 */
function spread(mask: Uint8Array, shape: readonly number[], { element, sign, complement }: Spread): Uint8Array {
  const { nz, ny, nx } = maskShape(shape);
  const { starts, ends, rows } = maskRuns(mask, shape, complement);
  const width = nx + 1;
  const changes = new Int32Array(nz * ny * width);
  for (let row = 0, z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, row++) {
      const first = rows[row]!;
      const last = rows[row + 1]!;
      if (first === last) continue;
      for (const { dz, dy, low, high } of element.segments) {
        const tz = z + sign * dz;
        const ty = y + sign * dy;
        if (tz < 0 || tz >= nz || ty < 0 || ty >= ny) continue;
        const to = (tz * ny + ty) * width;
        const before = sign === 1 ? low : -high;
        const after = sign === 1 ? high : -low;
        for (let r = first; r < last; r++) {
          const from = Math.max(0, starts[r]! - row * nx + before);
          const stop = Math.min(nx, ends[r]! - row * nx + after);
          if (from >= stop) continue;
          changes[to + from]!++;
          changes[to + stop]!--;
        }
      }
    }
  }
  const out = new Uint8Array(mask.length);
  const reached = complement ? 0 : 1;
  for (let row = 0, at = 0; row < nz * ny; row++) {
    for (let x = 0, covers = 0; x < nx; x++, at++) {
      covers += changes[row * width + x]!;
      out[at] = covers > 0 ? reached : 1 - reached;
    }
  }
  return out;
}
