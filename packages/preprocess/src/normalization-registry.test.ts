import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import type { ChannelContext, Normalization } from './normalization-entry.ts';
import { normalizeChannel, shippedNormalizations } from './normalization-registry.ts';
import { preprocessorFor } from './preprocessor-registry.ts';

const statistics = { mean: 10, sd: 4, median: 9, mn: -50, mx: 90, percentile_00_5: 0, percentile_99_5: 20 };
const context: ChannelContext = { mask: Float32Array.of(0, 1, -1), useMask: true, statistics };

/** [1, 2, 3] normalised by a scheme of the user's own. */
function byOwn(normalize: Normalization['normalize']): number[] {
  const image = Float32Array.of(1, 2, 3);
  normalizeChannel(image, 'mine', context, shippedNormalizations.with({ name: 'mine', normalize }));
  return [...image];
}

describe("a normalisation scheme of the user's own", () => {
  it('changes the voxels in place, and knows mask and statistics', () => {
    const seen: ChannelContext[] = [];
    expect(
      byOwn((image, given) => {
        seen.push(given);
        image.fill(7, 1);
      }),
    ).toEqual([1, 7, 7]);
    expect(seen).toEqual([context]);
  });

  it.each<[string, Normalization['normalize'], string]>([
    ['fails', () => (undefined as never as number[]).sort(), 'failed: Cannot read properties of undefined'],
    ['returns a new image', (image) => image.map((v) => v / 2) as never, 'returned a value'],
    ['divides by 0', (image) => void image.fill(1 / 0, 1), 'left values that are not finite'],
  ])('that %s is refused by its name', (_, normalize, what) => {
    expect(() => byOwn(normalize)).toThrow(
      expect.objectContaining({
        tag: 'bad-normalization',
        what: expect.stringContaining(`the normalisation scheme mine ${what}`),
      }),
    );
  });

  it('is asked for by name where plans are read, unless the preprocessor normalises by itself', () => {
    const plans = { ...tinyPlans([8, 8]), normalization_schemes: { 0: 'mine' } };
    const unknown = { tag: 'unknown-normalization', what: 'there is no normalisation scheme called mine' };
    expect(() => preprocessorFor(plans)).toThrow(expect.objectContaining(unknown));
    const mine = { name: 'mine', normalize: () => undefined };
    preprocessorFor(plans, undefined, shippedNormalizations.with(mine));
    preprocessorFor({ ...plans, preprocessor_name: 'GenericPreprocessor_scale_uint8_to_0_1' });
  });
});

it('finds the schemes of v1 and of v2 by the names in their plans', () => {
  expect(shippedNormalizations.names()).toEqual([
    ...['CT', 'CT2', 'noNorm', 'nonCT'],
    ...['ZScoreNormalization', 'CTNormalization', 'RescaleTo01Normalization', 'RGBTo01Normalization'],
    'NoNormalization',
  ]);
  for (const name of shippedNormalizations.names()) expect(shippedNormalizations.get(name).name).toBe(name);
});

it('recognises a scheme among the exports of a module, but no preprocessor class', () => {
  const exported = {
    scheme: { name: 'mine', normalize() {} },
    Class: class Mine {
      normalize() {}
    },
    none: null,
  };
  expect(shippedNormalizations.withModule('mine.mjs', exported).names().slice(9)).toEqual(['mine']);
});
