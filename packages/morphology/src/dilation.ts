import { maskRuns } from './mask-runs.ts';
import type { StructuringElement } from './structuring-element.ts';
import { maskShape } from './volume-shape.ts';

/** The mask dilated by `element`: voxels p with a set voxel at p − o for some o of it. Outside the array is 0. */
export function dilate(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return spread(mask, shape, { element, sign: 1, complement: false });
}

/** The mask eroded by `element`: voxels p with all of p + o set. Outside the array counts as set. */
export function erode(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return spread(mask, shape, { element, sign: -1, complement: true });
}

/** Erosion, then dilation: takes away what is smaller than the element. */
export function open(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return dilate(erode(mask, shape, element), shape, element);
}

/** Dilation, then erosion: closes gaps smaller than the element. */
export function close(mask: Uint8Array, shape: readonly number[], element: StructuringElement): Uint8Array {
  return erode(dilate(mask, shape, element), shape, element);
}

interface Spread {
  element: StructuringElement;
  sign: 1 | -1;
  /** Spread the zeros and return what they do not reach. */
  complement: boolean;
}

/**
 * Every run of set voxels, moved by a segment of the element, is an interval of another row: its two ends are counted
 * in a row of differences, whose running sum says how many intervals cover a voxel.
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
