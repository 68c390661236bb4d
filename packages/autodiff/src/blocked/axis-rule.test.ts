import { expect, it } from 'vitest';
import * as ad from '../everything.fixture.ts';
import { gradientPhases, isSupportedAxis } from './axis-rule.ts';
import { blockedLowering } from './blocked-lowering.ts';

it('knows kernels of 1 and 3 that keep the size, and what halves an even size', () => {
  const known: string[] = [];
  for (const kernel of [1, 2, 3, 5])
    for (const stride of [1, 2, 3])
      for (const padding of [0, 1, 2])
        for (const size of [7, 8])
          if (isSupportedAxis({ kernel, stride, padding }, size)) known.push([kernel, stride, padding, size].join(' '));
  expect(known).toEqual(['1 1 0 7', '1 1 0 8', '1 2 0 8', '2 2 0 8', '3 1 1 7', '3 1 1 8', '3 2 1 8']);
});

it('finds for each phase of the input the taps that reach it', () => {
  for (const [kernel, stride, padding] of [
    [1, 1, 0],
    [3, 1, 1],
    [1, 2, 0],
    [2, 2, 0],
    [3, 2, 1],
  ] as const) {
    const { taps, before, after } = gradientPhases({ kernel, stride, padding });
    expect(taps).toHaveLength(stride);
    for (const [phase, list] of taps.entries()) {
      // dy[i + j - before] meets the input at stride * i + phase with the tap phase + padding - stride * (j - before)
      expect(list).toHaveLength(before + after + 1);
      const expected = list.map((_, j) => phase + padding - stride * (j - before));
      expect(list).toEqual(expected.map((tap) => (tap >= 0 && tap < kernel ? tap : -1)));
    }
  }
});

/** Names of the internal operators' domain in a graph: one a node, and one where it is declared. */
function blockedNodes(stride: number, size: number, channels = 16): number {
  const x = ad.input('x', [1, channels, size, size, size]);
  const w = ad.input('w', [32, channels, 3, 3, 3]);
  const y = ad.convolution(x, w, undefined, { stride: [stride, stride, stride], padding: [1, 1, 1] });
  const { model } = ad.lower({ y: ad.leakyRelu(y, 0.01) }, { lowering: blockedLowering(16) });
  return Buffer.from(model).toString('latin1').split('com.microsoft.nchwc').length - 1;
}

it('writes convolutions that it knows with blocked operators, and others without', () => {
  expect(blockedNodes(1, 8)).toBeGreaterThan(2);
  expect(blockedNodes(2, 8)).toBeGreaterThan(2);
  expect(blockedNodes(2, 7)).toBe(0);
  expect(blockedNodes(3, 8)).toBe(0);
});
