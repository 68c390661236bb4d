/**
 * Rounds to the nearest integer, and x.5 to the even neighbour, like NumPy's `round`, which v1 uses for all voxel
 * counts.
 */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const part = value - low;
  if (part !== 0.5) return part < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}
