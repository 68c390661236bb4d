/** Rounds to the nearest integer, x.5 to the even neighbour: numpy's `round`, which v1 uses for every voxel count. */
export function roundHalfToEven(x: number): number {
  const lower = Math.floor(x);
  const rest = x - lower;
  if (rest < 0.5) return lower;
  if (rest > 0.5) return lower + 1;
  return lower % 2 === 0 ? lower : lower + 1;
}

/** The smallest multiple of `divisor` that is not below `value`; both positive integers. */
export function roundUpToMultiple(value: number, divisor: number): number {
  return Math.ceil(value / divisor) * divisor;
}
