import { moveAlike, type Transform } from './transform-entry.ts';

/** Flips the given axes of every channel of (c, …shape), in place. Axis 0 is the first of `shape`. */
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

/** Mirrors each of the given patch axes with probability 0.5 (do_mirror, mirror_axes). Draws axes of (z, y, x). */
export const mirror: Transform<{ axes: readonly number[] }, number[]> = {
  name: 'mirror',
  draw: ({ axes }, sample) => {
    const random = sample.random();
    return axes.filter(() => random.uniform() < 0.5).map((axis) => sample.axes[axis]!);
  },
  apply: (sample, axes) => moveAlike(sample, (values) => mirrorAxes(values, sample.shape, axes)),
};
