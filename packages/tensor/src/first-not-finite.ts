/** Returns the index of the first number that is NaN, infinite or beyond float32; -1 if there is none. */
export function firstNotFinite(data: Float32Array | Float64Array): number {
  for (let i = 0; i < data.length; i++) {
    const value = Math.fround(data[i]!);
    if (value - value !== 0) return i;
  }
  return -1;
}
