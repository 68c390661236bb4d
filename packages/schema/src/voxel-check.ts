/** Whether any voxel is nonzero. */
export function hasNonzero(data: ArrayLike<number>): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) return true;
  return false;
}

/** Counts the voxels per value; NaN has its own entry. Values are compared as numbers: 1.0 is 1. */
export function countValues(data: ArrayLike<number>): Map<number, number> {
  const small = new Float64Array(256);
  const rest = new Map<number, number>();
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value >= 0 && value < small.length && Number.isInteger(value)) small[value]!++;
    else rest.set(value, (rest.get(value) ?? 0) + 1);
  }
  const counts = new Map<number, number>();
  for (const [value, count] of small.entries()) if (count > 0) counts.set(value, count);
  for (const [value, count] of rest) counts.set(value, count);
  return counts;
}
