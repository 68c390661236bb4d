/**
 * Weight of each voxel of a patch when overlapping tiles are averaged: a Gaussian around the voxel ⌊patch/2⌋ with a
 * standard deviation of an eighth of the patch along each axis, its greatest value 1. Never zero.
 *
 * @param patchSize voxels per axis, any number of axes
 * @returns row-major, float32
 *
 * Origin: v1's `_get_gaussian` (a filtered unit impulse), whose float32 values this closed form equals.
 */
export function gaussianImportance(patchSize: readonly number[]): Float32Array {
  let map: Float64Array = Float64Array.of(1);
  for (const size of patchSize) {
    const centre = Math.floor(size / 2);
    const next = new Float64Array(map.length * size);
    const profile = Float64Array.from({ length: size }, (_, i) => Math.exp(-32 * ((i - centre) / size) ** 2));
    for (let outer = 0, o = 0; outer < map.length; outer++)
      for (let i = 0; i < size; i++) next[o++] = map[outer]! * profile[i]!;
    map = next;
  }
  return Float32Array.from(map);
}
