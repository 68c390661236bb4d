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
    labels: [1, 2],
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

it('reads the sizes of no case', () => {
  expect(collectOutcome([])).toEqual({ dice: {}, kept: [] });
});

it('takes a mean of NaN for neither gain nor loss', async () => {
  const trials: Trial[] = [];
  const decision = await decideBy({
    labels: [1, 2],
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
