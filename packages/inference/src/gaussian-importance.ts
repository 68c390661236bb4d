/**
 * Returns the weight of each voxel of a patch for averaging overlapping tiles: a Gaussian centred on voxel ⌊patch/2⌋
 * with a standard deviation of one eighth of the patch along each axis and a maximum of 1. Never zero.
 *
 * @param patchSize voxels per axis, any number of axes
 * @returns row-major, float32
 *
 * Origin: v1's `_get_gaussian` (a filtered unit impulse), whose float32 values this closed form reproduces.
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
