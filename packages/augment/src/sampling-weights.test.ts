import { expect, it } from 'vitest';
import { key, makeCase, plain } from './noise-case.fixture.ts';
import { arraySource } from './patch-source.ts';
import { sampleBatch, validationBatch } from './sample-batch.ts';
import { type SamplingRecipe, weightedIndex } from './sampling-weights.ts';

const source = arraySource(['a', 'b', 'c'].map((id) => makeCase(id, [16, 20, 16])));
const small = { ...plain, patchSize: [4, 4, 4], loaderPatchSize: [4, 4, 4], deepSupervisionScales: [[1, 1, 1]] };
const batchOf = (sampling: SamplingRecipe | null, of = key, batchSize = 4) =>
  sampleBatch(source, { ...small, batchSize, sampling }, of);

it('draws an index as often as its weight says, never one of weight 0', () => {
  const weights = [0, 2, 0, 1, 0];
  const shares = Array.from({ length: 300 }, (_, i) => i / 300);
  const counts = [0, 0, 0, 0, 0];
  for (const share of shares) counts[weightedIndex(share, weights)]!++;
  expect(counts).toEqual([0, 200, 0, 100, 0]);
  // The sum of ten times 0.1 is less than 1.
  expect(weightedIndex(1, [...new Array(10).fill(0.1), 0])).toBe(9);
});

it('draws cases by their weights, the same for the same key', async () => {
  const keys = async (sampling: SamplingRecipe | null) => {
    const batches = [0, 1, 2].map((iteration) => batchOf(sampling, { ...key, iteration }, 40));
    return (await Promise.all(batches)).flatMap((batch) => batch.keys);
  };
  const drawn = await keys({ caseWeights: { a: 0, c: 3 } });
  const share = (id: string) => drawn.filter((other) => other === id).length / drawn.length;
  expect(share('a')).toBe(0);
  // 120 draws: a standard deviation of 0.04.
  expect(Math.abs(share('c') - 0.75)).toBeLessThan(0.12);
  expect(await keys({ caseWeights: { a: 0, c: 3 } })).toEqual(drawn);
  expect(new Set(await keys(null))).toEqual(new Set(['a', 'b', 'c']));
});

it('puts foreground samples on the classes that have a weight', async () => {
  const labels = async (classWeights: Record<number, number>) => {
    const { targets } = await sampleBatch(
      source,
      { ...small, batchSize: 12, oversampleForeground: 1, sampling: { classWeights } },
      key,
    );
    // The centre of each patch.
    return Array.from({ length: 12 }, (_, sample) => targets[0]!.data[sample * 64 + 2 * 16 + 2 * 4 + 2]);
  };
  expect(new Set(await labels({ 1: 0 }))).toEqual(new Set([2]));
  expect(new Set(await labels({ 2: 0 }))).toEqual(new Set([1]));
});

it('leaves validation as it is', async () => {
  const of = (sampling: SamplingRecipe | null) => validationBatch(source, { ...small, sampling }, key);
  expect(await of({ caseWeights: { a: 0, b: 0 }, classWeights: { 1: 0 } })).toEqual(await of(null));
});

it.each<[string, unknown, string]>([
  ['a number', 5, 'sampling: an object expected, found 5'],
  ['false', false, 'sampling: an object expected, found false'],
  ['null for the cases', { caseWeights: null }, 'caseWeights: an object of weights by name expected, found null'],
  ['a list', { caseWeights: [1, 2, 3] }, 'caseWeights: an object of weights by name expected, found [1,2,3]'],
  ['a number for the classes', { classWeights: 2 }, 'classWeights: an object of weights by name expected, found 2'],
  ['a key that nothing reads', { caseWeight: {} }, 'sampling.caseWeight: unknown key'],
  ['a negative weight', { caseWeights: { a: -1 } }, '"a" has the weight -1 instead of a number of at least 0'],
  ['NaN', { classWeights: { 1: Number.NaN } }, 'sampling.classWeights: "1" has the weight NaN'],
  ['a text', { caseWeights: { b: '2' } }, '"b" has the weight 2'],
  ['an infinite weight', { caseWeights: { b: Number.POSITIVE_INFINITY } }, '"b" has the weight Infinity'],
  ['no case', { caseWeights: { a: 0, b: 0, c: 0 } }, 'all 3 training cases have the weight 0'],
  ['no class', { classWeights: { 1: 0, 2: 0 } }, 'all labels have the weight 0'],
  ['a label that the task does not have', { classWeights: { 3: 1 } }, 'the task has the labels 1, 2, not 3'],
])('refuses weights with %s', async (_, sampling, what) => {
  await expect(
    sampleBatch(source, { ...small, labels: [1, 2], sampling: sampling as SamplingRecipe }, key),
  ).rejects.toMatchObject({
    tag: 'bad-recipe',
    what: expect.stringContaining(what),
  });
});
