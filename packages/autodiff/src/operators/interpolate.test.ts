import { expect, it } from 'vitest';
import { evaluate } from '../../test/evaluate.ts';
import { interpolate, interpolationMatrix } from './interpolate.ts';
import { input } from './source.ts';

/** Of 0, 1, 4, 9, …; from torch.nn.functional.interpolate, PyTorch 2.15. */
const squares: [from: number, to: number, linear: number[], nearest: number[]][] = [
  [3, 5, [0, 0.4, 1, 2.8, 4], [0, 0, 1, 1, 4]],
  [5, 3, [1 / 3, 4, 41 / 3], [0, 1, 9]],
  [2, 5, [0, 0.1, 0.5, 0.9, 1], [0, 0, 0, 1, 1]],
  [4, 1, [2.5], [0]],
  [1, 3, [0, 0, 0], [0, 0, 0]],
];

it.each(squares)('takes %i elements to %i as PyTorch does, along each axis', async (from, to, linear, nearest) => {
  const values = Array.from({ length: from }, (_, i) => i * i);
  for (const axis of [0, 1, 2]) {
    const size = (n: number) => [0, 1, 2].map((i) => (i === axis ? n : 1));
    const x = input('x', [1, 1, ...size(from)]);
    const outputs = {
      linear: interpolate(x, size(to), { mode: 'linear' }),
      nearest: interpolate(x, size(to), { mode: 'nearest' }),
    };
    const found = await evaluate(outputs, { x: values });
    linear.forEach((v, i) => {
      expect(found.linear![i]).toBeCloseTo(v, 5);
    });
    expect([...found.nearest!]).toEqual(nearest);
  }
});

it('is the product of its axes', async () => {
  const x = input('x', [1, 1, 2, 2]);
  const { y } = await evaluate({ y: interpolate(x, [3, 2], { mode: 'linear' }) }, { x: [1, 2, 5, 10] });
  expect([...y!]).toEqual([1, 2, 3, 6, 5, 10]);
});

// In exact arithmetic, element 41 of 82 would be element 1 of 2; PyTorch's single-precision scale gives 0.
it('rounds the nearest neighbour as PyTorch does', () => {
  const row = (i: number) => interpolationMatrix(2, 82, 'nearest').slice(2 * i, 2 * i + 2);
  expect([row(40), row(41), row(42)]).toEqual([
    [1, 0],
    [1, 0],
    [0, 1],
  ]);
});
