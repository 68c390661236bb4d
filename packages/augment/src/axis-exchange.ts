import { mirrorAxes } from './mirror.ts';
import { moveAlike, type PerSample, sampleTransform } from './transform-entry.ts';

/**
 * Permutes the axes of every channel of (c, …shape), in place: axis d of the result is axis `from[d]` of the input.
 * Axes that are exchanged must have equal sizes.
 */
export function exchangeAxes(values: Float32Array, shape: readonly number[], from: readonly number[]): void {
  const [n0, n1, n2] = shape as [number, number, number];
  const strides = [n1 * n2, n2, 1];
  const [s0, s1, s2] = from.map((axis) => strides[axis]!) as [number, number, number];
  const size = n0 * n1 * n2;
  const source = values.slice();
  let at = 0;
  for (let channel = 0; channel < values.length; channel += size) {
    for (let z = 0; z < n0; z++) {
      for (let y = 0; y < n1; y++) {
        const row = channel + z * s0 + y * s1;
        for (let x = 0; x < n2; x++) values[at++] = source[row + x * s2]!;
      }
    }
  }
}

/** A rotation by multiples of 90° in the plane of two axes, from the first towards the second. */
export interface QuarterTurns {
  axes: readonly [number, number];
  /** Number of quarter turns, 0 to 3. */
  count: number;
}

/**
 * Rotates every channel of (c, …shape) by quarter turns, in place (NumPy's rot90). The two axes must have equal sizes.
 */
export function turnByQuarters(values: Float32Array, shape: readonly number[], { axes, count }: QuarterTurns): void {
  const [a, b] = axes;
  if (count === 2) mirrorAxes(values, shape, axes);
  if (count % 2 === 0) return;
  if (count === 1) mirrorAxes(values, shape, [b]);
  exchangeAxes(
    values,
    shape,
    [0, 1, 2].map((d) => (d === a ? b : d === b ? a : d)),
  );
  if (count === 3) mirrorAxes(values, shape, [b]);
}

/** Rotates by multiples of 90° in the plane of two of the given axes, which must have equal sizes. */
export const quarterTurns = sampleTransform(
  'quarterTurns',
  (random, { axes }: PerSample & { axes: readonly number[] }, sample): QuarterTurns => {
    const count = random.integer(4);
    const [a, b] = [...random.permutation(axes.length).slice(0, 2)].sort() as [number, number];
    return { axes: [sample.axes[axes[a]!]!, sample.axes[axes[b]!]!], count };
  },
  (sample, turns) => moveAlike(sample, (values) => turnByQuarters(values, sample.shape, turns)),
);

/** Permutes the given axes, which must have equal sizes. Draws the source axis of each of (z, y, x). */
export const transposition = sampleTransform(
  'transposition',
  (random, { axes }: PerSample & { axes: readonly number[] }, sample) => {
    const from = [0, 1, 2];
    const moved = axes.map((axis) => sample.axes[axis]!);
    const order = random.permutation(axes.length);
    moved.forEach((axis, i) => {
      from[axis] = moved[order[i]!]!;
    });
    return from;
  },
  (sample, from) => moveAlike(sample, (values) => exchangeAxes(values, sample.shape, from)),
);
