import { expect, it } from 'vitest';
import { compareLabels } from './compare-labels.ts';

const shape = [2, 3, 4] as const;
const reference = Uint8Array.of(1, 1, 2, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0);

/** The voxels in another order: `from` gives the coordinates that each one takes its label from. */
function moved(from: (z: number, y: number, x: number) => [number, number, number]): Uint8Array {
  return reference.map((_, i) => {
    const [z, y, x] = from(Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4);
    return reference[z * 12 + y * 4 + x]!;
  });
}

it('finds nothing wrong with equal label maps', () => {
  expect(compareLabels(reference, reference, shape, [1, 2, 3])).toEqual({
    dice: { 1: 1, 2: 1, 3: Number.NaN },
    swapped: [],
    moved: null,
  });
});

it('finds exchanged labels', () => {
  const { swapped, dice } = compareLabels(
    reference.map((label) => [0, 2, 1][label]!),
    reference,
    shape,
    [1, 2],
  );
  expect(dice).toEqual({ 1: 0, 2: 0 });
  expect(swapped).toEqual([{ labels: [1, 2], before: 0, after: 1 }]);
});

it.each([
  ['z', [0], moved((z, y, x) => [1 - z, y, x])],
  ['y', [1], moved((z, y, x) => [z, 2 - y, x])],
  ['x', [2], moved((z, y, x) => [z, y, 3 - x])],
  ['y and x', [1, 2], moved((z, y, x) => [z, 2 - y, 3 - x])],
])('finds a prediction that is mirrored along %s', (_, axes, prediction) => {
  const { moved } = compareLabels(prediction, reference, shape, [1, 2]);
  expect(moved).toMatchObject({ mirrored: axes, after: 1 });
  expect(moved!.before).toBeLessThan(0.8);
});

/** A ball of label 1 beside a smaller one of label 2, in 12 x 20 x 16 voxels. */
function balls(z: number, y: number, x: number): Uint8Array {
  return Uint8Array.from({ length: 12 * 20 * 16 }, (_, i) => {
    const [dz, dy, dx] = [Math.floor(i / 320) - z, (Math.floor(i / 16) % 20) - y, (i % 16) - x];
    return Math.hypot(dz, dy, dx) < 3.2 ? 1 : Math.hypot(dz, dy - 5, dx) < 2.3 ? 2 : 0;
  });
}

it('finds a prediction that is shifted, by how many voxels', () => {
  const { moved } = compareLabels(balls(5, 11, 4), balls(6, 7, 7), [12, 20, 16], [1, 2]);
  expect(moved).toEqual({ shifted: [1, -4, 3], before: expect.any(Number), after: 1 });
  expect(moved!.before).toBeLessThan(0.5);
});

it('does not take a poor prediction, or one that is a voxel away, for a moved one', () => {
  expect(compareLabels(new Uint8Array(24), reference, shape, [1, 2])).toMatchObject({ swapped: [], moved: null });
  const small = (x: number) => Uint8Array.from({ length: 60 }, (_, i) => (i % 10 >= x && i % 10 < x + 3 ? 1 : 0));
  expect(compareLabels(small(4), small(3), [1, 6, 10], [1]).moved).toMatchObject({ mirrored: [2] });
  expect(compareLabels(small(4), small(5), [1, 6, 10], [1]).moved).toBeNull();
  // Mirrored, two of its seven voxels match: more than none, and still no match.
  const [row, other] = [Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 0, 0, 0), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 0)];
  expect(compareLabels(row, other, [1, 1, 10], [1]).moved).toBeNull();
});

it.each([
  // Eight of ten voxels match: a Dice of 0.8 is good enough.
  [10, 2, null],
  [10, 3, [0, 0, 3]],
  [4, 1, null],
  [4, 2, [0, 0, 2]],
])(
  'takes a bar of %i voxels that is %i voxels away for shifted by %j, whatever other labels there are',
  (length, by, shifted) => {
    const bar = (x: number) => Uint8Array.from({ length: 40 }, (_, i) => (i >= x && i < x + length ? 1 : 0));
    const prediction = bar(3);
    prediction[39] = 9;
    const { moved } = compareLabels(prediction, bar(3 + by), [1, 1, 40], [1]);
    expect(moved).toEqual(shifted && { shifted, before: 1 - by / length, after: 1 });
  },
);

it('takes exchanged labels for nothing else', () => {
  const exchanged = balls(6, 7, 7).map((label) => [0, 2, 1][label]!);
  expect(compareLabels(exchanged, balls(6, 7, 7), [12, 20, 16], [1, 2])).toMatchObject({
    swapped: [{ labels: [1, 2], before: 0, after: 1 }],
    moved: null,
  });
});
