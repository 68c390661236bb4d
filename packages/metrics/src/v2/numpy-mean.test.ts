import { expect, it } from 'vitest';
import { numpyMean, numpyMeanWithoutNaN } from './numpy-mean.ts';

/** Values that show the order of addition in the last bits. */
const values = (n: number) => Array.from({ length: n }, (_, i) => 1 / (i * i + 3) + (i % 3) / 7);

// np.mean of the same values, NumPy 2.4
it.each([
  [3, 0.3849206349206349],
  [8, 0.24284268363215733],
  [20, 0.186837467780522],
  [128, 0.1500673042040867],
  [129, 0.15111930424666517],
  [300, 0.1464246813640607],
])('adds %i values in the order of NumPy', (n, mean) => {
  expect(numpyMean(values(n))).toBe(mean);
});

it('neither adds nor counts NaN', () => {
  const some = values(20).flatMap((value, i) => (i % 5 === 0 ? [Number.NaN, value] : [value]));
  // np.nanmean
  expect(numpyMeanWithoutNaN(some)).toBe(0.18683746778052202);
  expect(numpyMeanWithoutNaN([Number.NaN])).toBeNaN();
  expect(numpyMean([1, Number.NaN])).toBeNaN();
});
