import type { DisplacementField } from './displacement.ts';
import type { Placement } from './spatial-geometry.ts';

export interface CoordinateGrid {
  /** Shape of the output, voxels (z, y, x). */
  shape: readonly number[];
  /** Size of the loader patch in voxels. */
  loaderPatchSize: readonly number[];
  placement: Placement;
  displacement: DisplacementField | null;
  /** Whether each output slice comes from a slice of the loader patch; the middle slices are used. */
  inPlane: boolean;
}

/**
 * Computes the position of each output voxel in the loader patch, row by row: centred at zero, displaced, rotated and
 * scaled, then moved to the centre (v1: batchgenerators' augment_spatial).
 */
export class CoordinateRows {
  readonly axis0: Float64Array;
  readonly axis1: Float64Array;
  readonly axis2: Float64Array;
  readonly inPlane: boolean;
  readonly shape: readonly number[];
  readonly loaderPatchSize: readonly number[];
  readonly #grid: CoordinateGrid;

  constructor(grid: CoordinateGrid) {
    const width = grid.shape[2]!;
    this.axis0 = new Float64Array(width);
    this.axis1 = new Float64Array(width);
    this.axis2 = new Float64Array(width);
    this.inPlane = grid.inPlane;
    this.shape = grid.shape;
    this.loaderPatchSize = grid.loaderPatchSize;
    this.#grid = grid;
  }

  /** Visits all rows in turn, with the three arrays filled; `first` is the index of a row's first voxel. */
  eachRow(visit: (first: number) => void): void {
    const [s0, s1, s2] = this.shape as [number, number, number];
    for (let row = 0; row < s0 * s1; row++) {
      this.fill(Math.floor(row / s1), row % s1);
      visit(row * s2);
    }
  }

  /** Fills the three arrays with the loader-patch coordinates of row (z, y). */
  fill(z: number, y: number): void {
    const { placement, displacement } = this.#grid;
    const shape = this.shape;
    const s2 = shape[2]!;
    const m = placement.matrix;
    const m20 = m[6]!;
    const m21 = m[7]!;
    const m22 = m[8]!;
    const c0 = placement.centre[0]!;
    const c1 = placement.centre[1]!;
    const c2 = placement.centre[2]!;
    const gz = this.inPlane ? 0 : z - (shape[0]! - 1) / 2;
    const gy = y - (shape[1]! - 1) / 2;
    const { axis0, axis1, axis2 } = this;
    if (displacement === null) {
      const b0 = gz * m[0]! + gy * m[3]!;
      const b1 = gz * m[1]! + gy * m[4]!;
      const b2 = gz * m[2]! + gy * m[5]!;
      for (let x = 0; x < s2; x++) {
        const gx = x - (s2 - 1) / 2;
        axis0[x] = b0 + gx * m20 + c0;
        axis1[x] = b1 + gx * m21 + c1;
        axis2[x] = b2 + gx * m22 + c2;
      }
    } else {
      const [along0, along1, along2] = displacement.along;
      let at = ((this.inPlane ? 0 : z * shape[1]!) + y) * s2;
      for (let x = 0; x < s2; x++, at++) {
        const dz = gz + (along0 === null ? 0 : along0[at]!);
        const dy = gy + along1[at]!;
        const dx = x - (s2 - 1) / 2 + along2[at]!;
        axis0[x] = dz * m[0]! + dy * m[3]! + dx * m20 + c0;
        axis1[x] = dz * m[1]! + dy * m[4]! + dx * m21 + c1;
        axis2[x] = dz * m[2]! + dy * m[5]! + dx * m22 + c2;
      }
    }
    if (this.inPlane) axis0.fill(z + Math.floor((this.loaderPatchSize[0]! - shape[0]!) / 2));
  }
}
