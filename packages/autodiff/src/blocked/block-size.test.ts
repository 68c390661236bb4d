import { expect, it } from 'vitest';
import { blockSizeOf, blockSizeProbe } from './block-size.ts';

/** What a provider with the given block size makes of the ramp: [channels / block][positions][block]. */
function reordered(block: number): Float32Array {
  const { data } = blockSizeProbe().input;
  const out: number[] = [];
  for (let group = 0; group < 32; group += block) {
    for (const position of [0, 1]) for (let c = group; c < group + block; c++) out.push(data[2 * c + position]!);
  }
  return Float32Array.from(out);
}

it.each([4, 8, 16])('reads a block of %i channels', (block) => {
  expect(blockSizeOf(reordered(block))).toBe(block);
});

it('does not take another layout for a blocked one', () => {
  const { data } = blockSizeProbe().input;
  expect(blockSizeOf(data)).toBeUndefined();
  expect(blockSizeOf(reordered(32))).toBeUndefined();
  expect(blockSizeOf(reordered(16).reverse())).toBeUndefined();
  expect(blockSizeOf(reordered(16).subarray(1))).toBeUndefined();
});
