import { expect, it } from 'vitest';
import { evaluate } from '../../test/evaluate.ts';
import { matmul } from './matmul.ts';
import { input } from './source.ts';

it('multiplies the last two axes and broadcasts the others', async () => {
  const [a, b] = [input('a', [2, 1, 1, 2]), input('b', [3, 2, 1])];
  const y = matmul(a, b);
  expect(y.shape).toEqual([2, 3, 1, 1]);
  const found = await evaluate({ y }, { a: [1, 2, 3, 4], b: [1, 0, 0, 1, 1, 1] });
  expect([...found.y!]).toEqual([1, 2, 3, 3, 4, 7]);
});

it('takes floats only', () => {
  const labels = input('labels', [2, 2], 'int64');
  expect(() => matmul(labels, labels)).toThrow(TypeError);
  expect(() => matmul(labels, input('x', [2, 2]))).toThrow(TypeError);
});
