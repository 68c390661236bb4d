import { type MaskRuns, maskRuns } from './mask-runs.ts';
import { maskShape } from './volume-shape.ts';

/** Connected components of a mask, numbered from 1 in the order of their first voxels (like scipy.ndimage.label). */
export interface Components {
  readonly count: number;
  /** Number of voxels of component k at index k; index 0 is unused. */
  readonly sizes: Int32Array;
  /** The mask's row segments. */
  readonly runs: MaskRuns;
  /** Component of each run. */
  readonly runComponents: Int32Array;
}

/**
 * Finds the connected components of the nonzero voxels. Memory grows with the number of row segments, not of voxels.
 *
 * @param shape (z, y, x) or (y, x)
 * @param options.diagonal whether neighbours may also share only an edge or a corner: 26 in 3D, 8 in 2D. Default: they
 * share a face, 6 in 3D, 4 in 2D
 */
export function connectedComponents(
  mask: Uint8Array,
  shape: readonly number[],
  { diagonal = false }: { diagonal?: boolean } = {},
): Components {
  const { nz, ny, nx } = maskShape(shape);
  const runs = maskRuns(mask, shape);
  const parents = new Int32Array(runs.count);
  for (let i = 0; i < runs.count; i++) parents[i] = i;
  const join = (row: number, rowsBack: number): void =>
    joinRows({ runs, row, other: row - rowsBack, step: rowsBack * nx, reach: diagonal ? 1 : 0, parents });
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = z * ny + y;
      if (y > 0) join(row, 1);
      if (z > 0) join(row, ny);
      if (!diagonal || z === 0) continue;
      if (y > 0) join(row, ny + 1);
      if (y < ny - 1) join(row, ny - 1);
    }
  }
  return numbered(runs, parents);
}

interface TwoRows {
  runs: MaskRuns;
  row: number;
  other: number;
  /** Distance between the rows in voxels. */
  step: number;
  /** How many voxels two runs may be apart, counted along the row, to be neighbours. */
  reach: number;
  parents: Int32Array;
}

/** Joins the neighbouring runs of two rows. */
function joinRows({ runs: { starts, ends, rows }, row, other, step, reach, parents }: TwoRows): void {
  let a = rows[row]!;
  let b = rows[other]!;
  const lastA = rows[row + 1]!;
  const lastB = rows[other + 1]!;
  while (a < lastA && b < lastB) {
    const endA = ends[a]!;
    const endB = ends[b]! + step;
    if (starts[a]! < endB + reach && starts[b]! + step < endA + reach) {
      const rootA = rootOf(parents, a);
      const rootB = rootOf(parents, b);
      // The smaller root wins, so that a root is the first run of its component.
      if (rootA < rootB) parents[rootB] = rootA;
      else parents[rootA] = rootB;
    }
    if (endA < endB) a++;
    else b++;
  }
}

function rootOf(parents: Int32Array, node: number): number {
  let at = node;
  while (parents[at] !== at) {
    const grandparent = parents[parents[at]!]!;
    parents[at] = grandparent;
    at = grandparent;
  }
  return at;
}

function numbered(runs: MaskRuns, parents: Int32Array): Components {
  const runComponents = new Int32Array(runs.count);
  let count = 0;
  for (let i = 0; i < runs.count; i++) {
    const root = rootOf(parents, i);
    runComponents[i] = root === i ? ++count : runComponents[root]!;
  }
  const sizes = new Int32Array(count + 1);
  for (let i = 0; i < runs.count; i++) sizes[runComponents[i]!]! += runs.ends[i]! - runs.starts[i]!;
  return { count, sizes, runs, runComponents };
}

/** Returns the components as an image: the number of each voxel's component, 0 elsewhere. */
export function componentImage({ runs, runComponents }: Components, voxels: number): Int32Array {
  const image = new Int32Array(voxels);
  for (let i = 0; i < runs.count; i++) image.fill(runComponents[i]!, runs.starts[i]!, runs.ends[i]!);
  return image;
}
