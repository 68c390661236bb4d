import { expect, it } from 'vitest';
import { applyGamma } from './gamma.ts';

const after = (values: number[], inverted: boolean, retainStats: boolean) => {
  const channel = Float32Array.from(values);
  applyGamma(channel, { gamma: 2, inverted, retainStats });
  return [...channel];
};

it('bends a small range as one that is a little larger, as v1 does', () => {
  // 0.0005 of 0.0010001, squared, times 0.0010001.
  expect(after([0, 0.0005, 0.001], false, false)[1]).toBeCloseTo(2.49975e-4, 9);
  expect(after([0, -0.0005, -0.001], true, false)[1]).toBeCloseTo(-2.49975e-4, 9);
});

it('leaves a channel of one value as it is', () => {
  for (const inverted of [false, true])
    for (const retainStats of [false, true]) expect(after([7, 7, 7], inverted, retainStats)).toEqual([7, 7, 7]);
});
