/** The nearest whole number, x.5 to the even neighbour: NumPy's `round`, which v1 uses for every voxel count. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const part = value - low;
  if (part !== 0.5) return part < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}
