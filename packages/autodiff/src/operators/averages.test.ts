import { expect, it } from 'vitest';
import { evaluate } from '../../test/evaluate.ts';
import { differentiate } from '../differentiate.ts';
import { averagePool, maxPool } from './averages.ts';
import { multiply } from './elementwise.ts';
import { sum } from './reduction.ts';
import { constant, input } from './source.ts';

// As torch.nn.functional.max_pool2d (PyTorch 2.15).
it('takes the maximum of each box and sends the gradient to the first of equal ones', async () => {
  const x = input('x', [1, 1, 4, 4]);
  const y = maxPool(x, [2, 2]);
  const factors = constant({ data: Float32Array.of(1, 2, 3, 4), shape: y.shape });
  const [gradient] = differentiate(sum(multiply(y, factors)), [x]);
  const feeds = { x: [1, 5, 2, 2, 5, 0, 2, 1, -1, -2, 7, 8, -1, -1, 8, 8] };
  const found = await evaluate({ y, gradient: gradient! }, feeds);
  expect([...found.y!]).toEqual([5, 2, -1, 8]);
  expect([...found.gradient!]).toEqual([0, 1, 2, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0]);
});

it.each([3, 40, 41])('gives each of %i elements its share of the gradient of their mean', async (count) => {
  const x = input('x', [1, 1, 2 * count, 1]);
  const factors = constant({ data: Float32Array.of(2 * count, 7 * count), shape: [1, 1, 2, 1] });
  const [gradient] = differentiate(sum(multiply(averagePool(x, [count, 1]), factors)), [x]);
  const found = await evaluate({ gradient: gradient! }, { x: new Array<number>(2 * count).fill(1) });
  const expected = Array.from({ length: 2 * count }, (_, i) => (i < count ? 2 : 7));
  for (const [i, share] of found.gradient!.entries()) expect(share).toBeCloseTo(expected[i]!, 5);
});
