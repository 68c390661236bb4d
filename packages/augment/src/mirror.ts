/** Reverses the given axes of every channel of (c, …shape), in place. Axis 0 is the first of `shape`. */
export function mirrorAxes(values: Float32Array, shape: readonly number[], axes: readonly number[]): void {
  for (const axis of axes) {
    const n = shape[axis]!;
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    for (let block = 0; block < values.length; block += n * inner) {
      if (inner === 1) {
        values.subarray(block, block + n).reverse();
        continue;
      }
      for (let i = 0; i < n >> 1; i++) {
        let a = block + i * inner;
        let b = block + (n - 1 - i) * inner;
        for (let j = 0; j < inner; j++, a++, b++) {
          const kept = values[a]!;
          values[a] = values[b]!;
          values[b] = kept;
        }
      }
    }
  }
}
