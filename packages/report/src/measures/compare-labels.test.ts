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
    mirrored: null,
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
  const { mirrored } = compareLabels(prediction, reference, shape, [1, 2]);
  expect(mirrored).toMatchObject({ axes, after: 1 });
  expect(mirrored!.before).toBeLessThan(0.8);
});

it('does not take a poor prediction for a mirrored one', () => {
  expect(compareLabels(new Uint8Array(24), reference, shape, [1, 2])).toMatchObject({ swapped: [], mirrored: null });
});
