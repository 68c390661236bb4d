import { expect, it } from 'vitest';
import { transposeBack } from './transpose-back.ts';

it('puts axis backward[i] of the input to axis i', () => {
  const shape = [2, 2, 3, 4];
  const data = Float32Array.from({ length: 48 }, (_, i) => i);
  const { data: out, shape: turned } = transposeBack({ data, shape }, [2, 0, 1]);
  expect(turned).toEqual([2, 4, 2, 3]);
  for (let c = 0; c < 2; c++)
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 2; j++)
        for (let k = 0; k < 3; k++)
          expect(out[((c * 4 + i) * 2 + j) * 3 + k]).toBe(data[((c * 2 + j) * 3 + k) * 4 + i]);
});

it('does not copy where nothing is turned', () => {
  const image = { data: new Float32Array(6), shape: [1, 1, 2, 3] };
  expect(transposeBack(image, [0, 1, 2])).toBe(image);
});
