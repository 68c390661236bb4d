import { expect, it } from 'vitest';
import { evaluate, randomNumbers } from '../../test/evaluate.ts';
import { convolution } from './convolution.ts';
import { subtract } from './elementwise.ts';
import { concat, slice } from './layout.ts';
import { input } from './source.ts';

it('convolves groups as separate convolutions', async () => {
  const [x, w] = [input('x', [2, 6, 5, 4]), input('w', [4, 3, 3, 3])];
  const geometry = { stride: [2, 1], padding: [1, 0] };
  const halves = [0, 1].map((i) =>
    convolution(
      slice(x, [0, 3 * i, 0, 0], [2, 3, 5, 4]),
      slice(w, [2 * i, 0, 0, 0], [2, 3, 3, 3]),
      undefined,
      geometry,
    ),
  );
  const difference = subtract(convolution(x, w, undefined, { ...geometry, groups: 2 }), concat(halves, 1));
  const found = await evaluate({ difference }, { x: randomNumbers(240, 1), w: randomNumbers(108, 2) });
  for (const v of found.difference!) expect(Math.abs(v)).toBeLessThan(1e-5);
});
