import type { ElementRow } from './bit-volume.ts';

/**
 * How a ball lies on the voxels. 'centred': ⌊2r + 1⌋ points per axis, equally spaced from −r to r; of an even number, the
 * centre is the upper one of the two in the middle (skimage's ball, as v1 uses it). 'window': the same ball, but a voxel is
 * compared with the window from ⌊(n − 1) / 2⌋ voxels before it, in dilation and erosion alike; slices have a disk, whose
 * points lie at −r, −r + 1, … (nnU-Net v2, which convolves with skimage's ball or disk).
 */
export type BallShape = 'centred' | 'window';

/** Rows of a ball as offsets of voxels, for dilation (out(p) from p − o) and erosion (out(p) from p + o). */
export interface BallElement {
  dilating: ElementRow[];
  eroding: ElementRow[];
}

/**
 * A ball with a real-valued radius: of its points, those within r are set.
 *
 * @param flat whether the image is a slice
 */
export function ballElement(radius: number, shape: BallShape, flat: boolean): BallElement {
  if (shape === 'centred') {
    const points = spaced(radius);
    const rows = rowsWithin(points, points, radius, Math.floor(points.length / 2));
    return { dilating: rows, eroding: rows };
  }
  const points = flat ? Array.from({ length: Math.ceil(2 * radius + 1) }, (_, i) => i - radius) : spaced(radius);
  const eroding = rowsWithin(flat ? [0] : points, points, radius, Math.floor((points.length - 1) / 2));
  const dilating = eroding.map(({ z, y, from, to }) => ({ z: 0 - z, y: 0 - y, from: 0 - to, to: 0 - from }));
  return { dilating, eroding };
}

function spaced(radius: number): number[] {
  const n = Math.trunc(2 * radius + 1);
  const step = n === 1 ? 1 : (2 * radius) / (n - 1);
  return Array.from({ length: n }, (_, i) => i * step - radius);
}

/** @param along0 points along axis 0 @param points along the other axes @param centre index of the centre */
function rowsWithin(
  along0: readonly number[],
  points: readonly number[],
  radius: number,
  centre: number,
): ElementRow[] {
  const rows: ElementRow[] = [];
  for (const [z, height] of along0.entries()) {
    for (const [y, depth] of points.entries()) {
      const within = points.map((x) => x * x + depth * depth + height * height <= radius * radius);
      const from = within.indexOf(true);
      if (from < 0) continue;
      const above = along0.length === 1 ? 0 : z - centre;
      rows.push({ z: above, y: y - centre, from: from - centre, to: within.lastIndexOf(true) - centre });
    }
  }
  return rows;
}
