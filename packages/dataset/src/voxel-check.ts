/** What is in an image. */
export interface ImageCount {
  nan: number;
  infinite: number;
  /** Voxels other than 0; NaN counts. */
  nonzero: number;
}

/** Counts NaN, infinite and nonzero voxels. */
export function countVoxels(data: ArrayLike<number>): ImageCount {
  let nan = 0;
  let infinite = 0;
  let nonzero = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value === 0) continue;
    nonzero++;
    const rest = value - value; // 0 for a finite number, NaN otherwise
    if (rest === 0) continue;
    if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  return { nan, infinite, nonzero };
}

/** Value to number of voxels; NaN has an entry of its own. Values compare as numbers: 1.0 is 1. */
export function countValues(data: ArrayLike<number>): Map<number, number> {
  const small = new Float64Array(256);
  const rest = new Map<number, number>();
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value >= 0 && value < 256 && value === Math.floor(value)) small[value]!++;
    else rest.set(value, (rest.get(value) ?? 0) + 1);
  }
  const counts = new Map<number, number>();
  for (let value = 0; value < 256; value++) if (small[value]! > 0) counts.set(value, small[value]!);
  for (const [value, count] of rest) counts.set(value, count);
  return counts;
}
