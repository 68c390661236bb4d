import { expect, it } from 'vitest';
import { collectOutcome, decideBy, decidePostprocessing, type Trial } from './decide-postprocessing.ts';
import { applyPostprocessing } from './remove-components.ts';

const text = (map: string) => ({ data: Uint8Array.from(map, Number), shape: [1, 1, map.length] });
const pair = (prediction: string, reference: string) => ({ prediction: text(prediction), reference: text(reference) });

it('accepts one object where a label gains and none loses', async () => {
  const pairs = [pair('1122001', '1122000'), pair('0122002', '0122000')];
  const { rule, raw, allAsOne, perLabel } = await decidePostprocessing(pairs, { labels: [1, 2] });
  expect(rule).toEqual({ entries: [[1, 2]], minimumSizes: null });
  expect(raw).toEqual({ 1: (0.8 + 1) / 2, 2: (1 + 0.8) / 2 });
  expect(allAsOne).toEqual({ 1: 1, 2: 1 });
  expect(perLabel).toEqual({ 1: 1, 2: 1 });
});

it('goes on label by label from the raw predictions where one object would cost a label', async () => {
  const pairs = [pair('1110100220', '1110000220')];
  const { rule, allAsOne } = await decidePostprocessing(pairs, { labels: [1, 2] });
  expect(allAsOne).toEqual({ 1: 1, 2: 0 });
  expect(rule).toEqual({ entries: [1], minimumSizes: null });
});

it('knows no smallest size of what is predicted in no case', async () => {
  const pairs = [pair('1110100', '1112000')];
  const { rule } = await decidePostprocessing(pairs, { labels: [1, 2], advanced: true });
  expect(rule).toEqual({ entries: [[1, 2]], minimumSizes: [3] });
  const kept: unknown[] = [];
  await decideBy({
    classes: [
      { key: '1', labels: [1] },
      { key: '2', labels: [2] },
    ],
    raw: { 1: 0, 2: 0 },
    advanced: true,
    measure: async ({ after }) => {
      const sizes = after.entries.map((entry) => ({ kept: entry === 2 ? null : 4, removed: null }));
      const outcome = collectOutcome([
        { scores: {}, sizes },
        { scores: {}, sizes: sizes.map((size) => ({ ...size, kept: size.kept && 3 })) },
      ] as Parameters<typeof collectOutcome>[0]);
      kept.push(outcome.kept);
      return outcome;
    },
  });
  expect(kept).toContainEqual([3, null]);
});

it('finds the smallest size to keep', async () => {
  const pairs = [pair('1110100', '1110000'), pair('1101100', '1101100')];
  const { rule, perLabel } = await decidePostprocessing(pairs, { labels: [1], advanced: true });
  expect(rule).toEqual({ entries: [[1]], minimumSizes: [2] });
  expect(perLabel).toEqual({});
});

it('wants a gain, and tries labels by themselves only where there are several', async () => {
  const even = await decidePostprocessing([pair('1100', '1100')], { labels: [1] });
  expect(even).toEqual({
    rule: { entries: [], minimumSizes: null },
    raw: { 1: 1 },
    allAsOne: { 1: 1 },
    perLabel: {},
  });
  expect(
    (await decidePostprocessing([pair('1100', '1100')], { labels: [1], advanced: true })).rule.minimumSizes,
  ).toEqual([]);
  const two = await decidePostprocessing([pair('1100220', '1100220')], { labels: [1, 2], advanced: true });
  expect(two.rule).toEqual({ entries: [], minimumSizes: [] });
  // Label 2 is best by itself, of which the smallest largest component has 2 voxels.
  const some = await decidePostprocessing([pair('1110220200', '1110220000')], { labels: [1, 2], advanced: true });
  expect(some.rule).toEqual({ entries: [2], minimumSizes: [2] });
  expect(some.allAsOne).toEqual({ 1: 1, 2: 0 });
});

it('decides by regions that overlap one after the other, each on the result so far', async () => {
  // The voxel of label 2 apart belongs to both regions, but is removed only once.
  const pairs = [pair('111100333020', '111100333000')];
  const regions = { first: [1, 2], second: [2, 3] };
  const { rule, raw, allAsOne, perLabel } = await decidePostprocessing(pairs, { labels: [1, 2, 3], regions });
  expect(raw).toEqual({ first: 8 / 9, second: 6 / 7 });
  expect(allAsOne).toEqual({ first: 1, second: 0 });
  expect(perLabel).toEqual({ first: 1, second: 1 });
  expect(rule).toEqual({ entries: [[1, 2]], minimumSizes: null });
});

it('removes nothing of a region where another would lose by it', async () => {
  const pairs = [pair('112110222', '111110222')];
  const regions = { whole: [1, 2], part: [2] };
  const { rule, perLabel } = await decidePostprocessing(pairs, { labels: [1, 2], regions });
  expect(perLabel.part).toBe(1);
  expect(rule.entries).toEqual([]);
  expect((await decidePostprocessing(pairs, { labels: [1, 2] })).rule.entries).toEqual([2]);
});

it('decides by what is annotated alone', async () => {
  // Nobody annotated the component apart: to keep it costs nothing.
  const pairs = [pair('1110011', '1110033')];
  expect((await decidePostprocessing(pairs, { labels: [1] })).rule.entries).toEqual([[1]]);
  for (const regions of [undefined, { whole: [1, 2] }])
    expect((await decidePostprocessing(pairs, { labels: [1, 2], regions, ignoreLabel: 3 })).rule.entries).toEqual([]);
});

it('keeps the smallest sizes of regions that are judged one after the other', async () => {
  const pairs = [pair('111100333020', '111100333000'), pair('110000033330', '110000033330')];
  const regions = { first: [1, 2], second: [2, 3] };
  const { rule } = await decidePostprocessing(pairs, { labels: [1, 2, 3], regions, advanced: true });
  expect(rule).toEqual({ entries: [[1, 2]], minimumSizes: [2] });
});

it('reads the sizes of no case', () => {
  expect(collectOutcome([])).toEqual({ dice: {}, kept: [] });
});

it('takes a mean of NaN for neither gain nor loss', async () => {
  const trials: Trial[] = [];
  const decision = await decideBy({
    classes: [
      { key: '1', labels: [1] },
      { key: '2', labels: [2] },
    ],
    raw: { 1: Number.NaN, 2: 0.5 },
    measure: async (trial) => {
      trials.push(trial);
      return { dice: { 1: 0.9, 2: trials.length === 1 ? 0.6 : Number.NaN }, kept: [] };
    },
  });
  expect(decision.rule.entries).toEqual([[1, 2]]);
  expect(trials[1]!.before.entries).toEqual([[1, 2]]);
});

it('runs the example of the README', async () => {
  const prediction = { data: Uint8Array.of(1, 1, 0, 1), shape: [1, 1, 4] };
  const reference = { data: Uint8Array.of(1, 1, 0, 0) };
  const { rule } = await decidePostprocessing([{ prediction, reference }], { labels: [1] });
  expect(rule.entries).toEqual([[1]]);
  expect([...applyPostprocessing(prediction, rule).data]).toEqual([1, 1, 0, 0]);
});
