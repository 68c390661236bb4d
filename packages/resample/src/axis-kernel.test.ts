import { expect, it } from 'vitest';
import { axisKernel } from './axis-kernel.ts';

// Slices of torch 2.15, F.interpolate with mode nearest-exact; half way between two, SciPy's map_coordinates has another.
it.each([
  [2, 49, 24, 1, 0],
  [4, 41, 20, 1, 2],
  [12, 47, 23, 6, 5],
])(
  'of %i samples, output %#: %i, nearest to two by float64, is that of torch by float32',
  (inputs, outputs, k, torch, scipy) => {
    expect(axisKernel(inputs, outputs, 0, 'float32').index[k]).toBe(torch);
    expect(axisKernel(inputs, outputs, 0).index[k]).toBe(scipy);
  },
);

it('has the weights of torch in float32', () => {
  const { index, weights } = axisKernel(27, 50, 1, 'float32');
  const x = Math.fround(46.5 * Math.fround(27 / 50) - 0.5);
  expect([...index.subarray(92, 94)]).toEqual([24, 25]);
  expect([...weights.subarray(92, 94)]).toEqual([1 - (x - 24), x - 24].map(Math.fround));
  expect(axisKernel(27, 50, 1).weights[93]).not.toBe(weights[93]);
});
