import { maskShape } from './volume-shape.ts';

/** The set voxels of a mask as row segments, in array order. */
export interface MaskRuns {
  readonly count: number;
  /** Flat index of the first voxel of each run. */
  readonly starts: Int32Array;
  /** Flat index after the last voxel of each run. */
  readonly ends: Int32Array;
  /** Index of the first run of each row (z · ny + y), followed by `count`. */
  readonly rows: Int32Array;
}

/** Finds the runs of nonzero voxels, or of zeros if `inverted`. */
export function maskRuns(mask: Uint8Array, shape: readonly number[], inverted = false): MaskRuns {
  const { nz, ny, nx } = maskShape(shape);
  const rows = new Int32Array(nz * ny + 1);
  let starts = new Int32Array(1024);
  let ends = new Int32Array(1024);
  let count = 0;
  for (let r = 0, at = 0; r < nz * ny; r++) {
    rows[r] = count;
    const stop = at + nx;
    while (at < stop) {
      while (at < stop && (mask[at] === 0) !== inverted) at++;
      if (at === stop) break;
      if (count === starts.length) {
        starts = longer(starts);
        ends = longer(ends);
      }
      starts[count] = at;
      while (at < stop && (mask[at] === 0) === inverted) at++;
      ends[count++] = at;
    }
  }
  rows[nz * ny] = count;
  return { count, starts: starts.subarray(0, count), ends: ends.subarray(0, count), rows };
}

function longer(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const out = new Int32Array(2 * array.length);
  out.set(array);
  return out;
}
