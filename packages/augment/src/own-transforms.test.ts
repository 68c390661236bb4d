import { describe, expect, it } from 'vitest';
import { key, makeCase, plain } from './noise-case.fixture.ts';
import { arraySource } from './patch-source.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { sampleBatch } from './sample-batch.ts';
import {
  type AnyTransform,
  channelTransform,
  type Sample,
  type SampleContext,
  sampleTransform,
} from './transform-entry.ts';
import { shippedTransforms } from './transform-registry.ts';

const patchSize = [8, 10, 12];
const source = arraySource([makeCase('a', [20, 26, 24])]);

/** A batch with a transform of the user's own, which is certain unless another probability is given. */
function batchWith(transform: AnyTransform, { probability = 1, ...more } = {} as Partial<{ probability: number }>) {
  const recipe = { ...plain, patchSize, loaderPatchSize: patchSize, labels: [1, 2], mine: { probability }, ...more };
  return sampleBatch(source, recipe as AugmentationRecipe, key, shippedTransforms.with(transform));
}

const mine = (apply: (sample: Sample) => void): AnyTransform => sampleTransform('mine', () => 1, apply);

describe("a transform of the user's own", () => {
  it.each<[string, AnyTransform, string]>([
    ['writes NaN', mine(({ data }) => data.fill(Number.NaN, 5, 6)), 'wrote values that are not finite into modality 0'],
    [
      'writes infinity',
      mine(({ data }) => data.fill(-1 / 0, data.length - 1)),
      'wrote values that are not finite into modality 1',
    ],
    ['replaces the image', mine((s) => Object.assign(s, { data: s.data.slice() })), 'replaced the array `data`'],
    ['shortens the labels', mine((s) => Object.assign(s, { seg: s.seg.slice(1) })), 'replaced the array `seg`'],
    [
      'exchanges axes',
      mine((s) => Object.assign(s, { shape: [10, 8, 12] })),
      'changed the shape from 2 x 8 x 10 x 12 to 2 x 10 x 8 x 12',
    ],
    ['writes a label of no class', mine(({ seg }) => seg.fill(3, 7, 8)), 'wrote the label 3, which the task'],
    ['writes half a label', mine(({ seg }) => seg.fill(0.5, 7, 8)), 'wrote the label 0.5, which the task'],
    ['writes a label below -1', mine(({ seg }) => seg.fill(-2, 7, 8)), 'wrote the label -2, which the task'],
    [
      'fails when applied',
      mine((s) => (s as never as { volume: Float32Array }).volume.fill(0)),
      'failed in `apply`: C',
    ],
    ['fails when drawn', { ...mine(() => undefined), draw: () => ({}) as never, apply: null as never }, 'failed in'],
    ['draws undefined', { ...mine(() => undefined), draw: () => undefined }, 'drew undefined'],
  ])('that %s is refused by name and case, also if it is drawn rarely', async (_, transform, what) => {
    const error = {
      tag: 'bad-transform',
      where: 'case a',
      what: expect.stringContaining(`the transform mine ${what}`),
    };
    await expect(batchWith(transform)).rejects.toMatchObject(error);
    await expect(batchWith(transform, { probability: 1e-9 })).rejects.toMatchObject(error);
  });

  it.each([
    ['a misspelt probability', { probabilty: 1 }, 'probability: a number from 0 to 1 expected, found undefined'],
    ['no settings', true, 'probability: a number from 0 to 1 expected, found undefined'],
    ['a probability above 1', { probability: 1.5 }, 'probability: a number from 0 to 1 expected, found 1.5'],
    ['a text as a probability', { probability: '1' }, 'probability: a number from 0 to 1 expected, found 1'],
    ['NaN for a channel', { probability: 0.1, channelProbability: Number.NaN }, 'channelProbability: a number from'],
  ])('is refused with %s', async (_, settings, what) => {
    const each = channelTransform(
      'mine',
      () => 1,
      () => undefined,
    );
    await expect(batchWith(each, { mine: settings } as never)).rejects.toMatchObject({
      tag: 'bad-recipe',
      what: expect.stringContaining(`the settings of the transform mine: ${what}`),
    });
  });

  it('changes no batch for which it is not drawn', async () => {
    const right = mine(({ data, seg }) => {
      data.fill(5);
      seg.fill(2);
    });
    const without = await batchWith({ ...right, draw: () => null });
    expect(await batchWith(right, { probability: 1e-9 })).toEqual(without);
    const batch = await batchWith(right);
    expect(new Set(batch.data)).toEqual(new Set([5]));
    expect(new Set(batch.targets[0]!.data)).toEqual(new Set([2]));
  });

  it('knows the spacing of the sample, for which 1 mm stands if the recipe has none', async () => {
    const seen: unknown[] = [];
    const look: AnyTransform = {
      name: 'mine',
      draw: (_, { spacing, shape }: SampleContext) => seen.push([spacing, shape]),
      apply: ({ spacing, shape }) => seen.push([spacing, shape]),
    };
    await batchWith(look, { spacing: [3, 0.5, 0.5] } as never);
    expect(new Set(seen.map(String))).toEqual(new Set(['3,0.5,0.5,8,10,12']));
    seen.length = 0;
    await batchWith(look);
    expect(new Set(seen.map(String))).toEqual(new Set(['1,1,1,8,10,12']));
  });

  it.each([
    ['an order without it', { order: ['mirror'] }, 'bad-recipe', /"mine", but its `order` leaves it out/],
    ['an order with a misspelt name', { order: ['mien'] }, 'unknown-transform', /no transform called mien/],
    ['a choice with a misspelt name', { oneOf: [['mien', 'noise']] }, 'unknown-transform', /called mien/],
  ])('is not left out silently by %s', async (_, more, tag, what) => {
    await expect(
      batchWith(
        mine(() => undefined),
        more as never,
      ),
    ).rejects.toMatchObject({
      tag,
      what: expect.stringMatching(what),
    });
  });
});
