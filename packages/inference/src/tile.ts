type Triple = readonly [number, number, number];

/** A box in a (channels, z, y, x) array, read and written in mirrored directions. */
export interface Tile {
  /** Voxels per axis of the array. */
  readonly shape: Triple;
  /** First voxel of the box per axis; may lie outside the array. */
  readonly start: Triple;
  /** Voxels per axis of the box. */
  readonly size: Triple;
}

/** Copies a tile of `channels` volumes to `target` at `offset`, flipped along the given axes; 0 outside the array. */
export function readTile(options: {
  source: Float32Array;
  channels: number;
  tile: Tile;
  flip: readonly number[];
  target: Float32Array;
  offset: number;
}): void {
  const { source, channels, tile, flip, target, offset } = options;
  const [Z, Y, X] = tile.shape;
  const [pz, py, px] = tile.size;
  const [z0, y0, x0] = tile.start;
  const [flipZ, flipY, flipX] = [0, 1, 2].map((axis) => flip.includes(axis));
  // The part of the row inside the array, in voxels of the box.
  const from = Math.max(0, -x0);
  const to = Math.min(px, X - x0);
  const inside = from === 0 && to === px;
  let o = offset;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pz; i++) {
      const z = z0 + (flipZ ? pz - 1 - i : i);
      for (let j = 0; j < py; j++, o += px) {
        const y = y0 + (flipY ? py - 1 - j : j);
        if (z < 0 || z >= Z || y < 0 || y >= Y) {
          target.fill(0, o, o + px);
          continue;
        }
        const row = ((c * Z + z) * Y + y) * X + x0;
        if (!inside) target.fill(0, o, o + px);
        if (!flipX) for (let k = from; k < to; k++) target[o + k] = source[row + k]!;
        else for (let k = from; k < to; k++) target[o + px - 1 - k] = source[row + k]!;
      }
    }
  }
}

/**
 * Adds a predicted patch (channels, z, y, x) at `offset` of `patch`, flipped back and multiplied by `factor`, to `sum`,
 * which has the size of a patch.
 */
export function addFlipped(options: {
  patch: Float32Array;
  offset: number;
  channels: number;
  size: Triple;
  flip: readonly number[];
  factor: number;
  sum: Float32Array;
}): void {
  const { patch, offset, channels, size, flip, factor, sum } = options;
  const [pz, py, px] = size;
  const [flipZ, flipY, flipX] = [0, 1, 2].map((axis) => flip.includes(axis));
  let p = offset;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pz; i++) {
      const z = flipZ ? pz - 1 - i : i;
      for (let j = 0; j < py; j++, p += px) {
        const y = flipY ? py - 1 - j : j;
        const row = ((c * pz + z) * py + y) * px;
        if (!flipX) for (let k = 0; k < px; k++) sum[row + k]! += factor * patch[p + k]!;
        else for (let k = 0; k < px; k++) sum[row + px - 1 - k]! += factor * patch[p + k]!;
      }
    }
  }
}

/**
 * Adds the mean of a tile (channels, z, y, x), multiplied by the weight of each voxel, to the sums over the image, and
 * the weights to the sums of weights. Voxels outside the image are skipped.
 */
export function addWeighted(options: {
  mean: Float32Array;
  /** Weight per voxel of a patch; null means 1. */
  weight: Float32Array | null;
  channels: number;
  tile: Tile;
  sums: Float32Array;
  weights: Float32Array;
}): void {
  const { mean, weight, channels, tile, sums, weights } = options;
  const [Z, Y, X] = tile.shape;
  const [pz, py, px] = tile.size;
  const [z0, y0, x0] = tile.start;
  const from = Math.max(0, -x0);
  const to = Math.min(px, X - x0);
  for (let i = Math.max(0, -z0); i < Math.min(pz, Z - z0); i++) {
    for (let j = Math.max(0, -y0); j < Math.min(py, Y - y0); j++) {
      const w = (i * py + j) * px;
      const voxel = ((z0 + i) * Y + y0 + j) * X + x0;
      if (weight) for (let k = from; k < to; k++) weights[voxel + k]! += weight[w + k]!;
      else for (let k = from; k < to; k++) weights[voxel + k]! += 1;
      for (let c = 0; c < channels; c++) {
        const m = c * pz * py * px + w;
        const s = c * Z * Y * X + voxel;
        // v1 rounds the product to float32 before adding it.
        if (weight) for (let k = from; k < to; k++) sums[s + k]! += Math.fround(mean[m + k]! * weight[w + k]!);
        else for (let k = from; k < to; k++) sums[s + k]! += mean[m + k]!;
      }
    }
  }
}
