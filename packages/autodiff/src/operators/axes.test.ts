import { describe, expect, it } from 'vitest';
import { evaluate, randomNumbers } from '../../test/evaluate.ts';
import * as ad from '../everything.fixture.ts';
import type { Expression } from '../expression.ts';

const shape = [2, 3, 4];

/** Every builder that takes axes. */
const builders: Record<string, (x: Expression, axis: number) => Expression> = {
  sum: (x, axis) => ad.sum(x, [axis]),
  mean: (x, axis) => ad.mean(x, [axis], true),
  softmax: (x, axis) => ad.softmax(x, axis),
  logSoftmax: (x, axis) => ad.logSoftmax(x, axis),
  argMax: (x, axis) => ad.argMax(x, axis),
  oneHot: (x, axis) => ad.oneHot(ad.argMax(x, axis), x.shape.at(axis)!, axis),
  concat: (x, axis) => ad.concat([x, x], axis),
  transpose: (x, axis) => ad.transpose(x, [axis, ...[0, 1, 2].filter((i) => i !== (axis + 3) % 3)]),
};

describe.each(Object.keys(builders))('%s', (name) => {
  const build = builders[name]!;

  it.each([-1, -2, -3])('counts axis %i from the end', async (axis) => {
    const x = ad.input('x', shape);
    const [negative, positive] = [build(x, axis), build(x, axis + 3)];
    expect(negative.shape).toEqual(positive.shape);
    const out = await evaluate({ negative, positive }, { x: randomNumbers(24, 1) });
    expect(out.negative).toEqual(out.positive);
    expect(out.negative!.length).toBe(negative.shape.reduce((a, b) => a * b, 1));
  });

  it.each([3, -4, 0.5])('refuses axis %d of three', (axis) => {
    const x = ad.input('x', shape);
    const wrong = () => build(name === 'oneHot' ? ad.input('x', [1, 1, 1]) : x, axis);
    expect(wrong).toThrow(RangeError);
    expect(() => ad.concat([x], axis)).toThrow('concat along axis');
  });
});

it('has the values along the last axis that an axis of -1 means', async () => {
  const x = ad.input('x', [2, 3]);
  const out = await evaluate({ most: ad.argMax(x, -1), both: ad.concat([x, x], -1) }, { x: [1, 5, 2, 9, 0, 3] });
  expect([...out.most!]).toEqual([1, 0]);
  expect([...out.both!]).toEqual([1, 5, 2, 1, 5, 2, 9, 0, 3, 9, 0, 3]);
});

it('refuses an axis that is named twice, once from the end', () => {
  const x = ad.input('x', shape);
  for (const build of [
    () => ad.sum(x, [0, -3]),
    () => ad.mean(x, [1, 1]),
    () => ad.transpose(x, [0, 1, -2]),
    () => ad.transpose(x, [0, 1]),
  ]) {
    expect(build).toThrow(RangeError);
  }
});

describe('names of operators in messages', () => {
  const x = ad.input('x', [2, 6, 3, 4]);
  const [six, four] = [ad.input('six', [6]), ad.input('four', [4])];
  it.each<[string, () => Expression]>([
    ['groupNorm in 4 groups', () => ad.groupNorm(x, six, six, { groups: 4 })],
    ['groupNorm', () => ad.groupNorm(x, four, six, { groups: 2 })],
    ['batchNorm', () => ad.batchNorm(x, six, four)],
    ['instanceNorm', () => ad.instanceNorm(x, four, six)],
    ['filterResponseNorm', () => ad.filterResponseNorm(x, { gamma: six, beta: six, tau: four })],
    ['channelStatistics', () => ad.channelStatistics(six).mean],
    ['transposedConvolution', () => ad.transposedConvolution(x, ad.input('w', [4, 2, 2, 2]))],
    ['mean along axis 4', () => ad.mean(x, [4])],
  ])('%s', (name, build) => {
    expect(build).toThrow(RangeError);
    expect(build).toThrow(new RegExp(`^${name} does not fit \\[`));
  });
});
