import { sizeOf } from '@nnunet/tensor';
import { beforeAll, expect, it } from 'vitest';
import { compile, machineBlock, randomNumbers } from '../../test/evaluate.ts';
import { differentiate } from '../differentiate.ts';
import * as ad from '../everything.fixture.ts';
import type { Expression } from '../expression.ts';
import { blockedLowering } from './blocked-lowering.ts';

let block = 0;
beforeAll(async () => {
  block = await machineBlock();
});

const [samples, channels, size] = [2, 32, [4, 6, 4]] as const;

const channelsOf = (y: Expression, start: number, count: number, step = 1) =>
  ad.slice(y, [0, start, 0, 0, 0], [samples, count, ...size], [1, step, 1, 1, 1]);

/** What is read of a value with 32 channels. */
const readings: [string, (y: Expression) => Expression[]][] = [
  ['both halves', (y) => [channelsOf(y, 0, 16), channelsOf(y, 16, 16)]],
  ['both halves, the second one first', (y) => [channelsOf(y, 16, 16), channelsOf(y, 0, 16)]],
  ['unequal parts', (y) => [channelsOf(y, 0, 5), channelsOf(y, 5, 27)]],
  ['parts of 20 and 12', (y) => [channelsOf(y, 0, 20), channelsOf(y, 20, 12)]],
  ['parts of 8, 16 and 8', (y) => [channelsOf(y, 0, 8), channelsOf(y, 8, 16), channelsOf(y, 24, 8)]],
  ['the first half', (y) => [channelsOf(y, 0, 16)]],
  ['the second half', (y) => [channelsOf(y, 16, 16)]],
  ['parts that overlap', (y) => [channelsOf(y, 0, 24), channelsOf(y, 8, 24)]],
  ['the first half twice', (y) => [channelsOf(y, 0, 16), channelsOf(y, 0, 16)]],
  ['every second channel', (y) => [channelsOf(y, 0, 16, 2), channelsOf(y, 1, 16, 2)]],
  ['a box', (y) => [ad.slice(y, [0, 0, 1, 2, 0], [samples, channels, 2, 3, 4])]],
  ['one sample', (y) => [ad.slice(y, [1, 0, 0, 0, 0], [1, channels, ...size])]],
  ['both halves and the whole', (y) => [channelsOf(y, 0, 16), channelsOf(y, 16, 16), ad.square(y)]],
];

it.each(readings)('slices read %s', async (_, read) => {
  const x = ad.input('x', [samples, 16, ...size]);
  const coarse = ad.input('coarse', [samples, 16, 2, 3, 2]);
  const [w, up] = [ad.input('w', [channels, 16, 3, 3, 3]), ad.input('up', [16, channels, 2, 2, 2])];
  const padding = [1, 1, 1];
  const made = [ad.convolution(x, w, undefined, { padding }), ad.transposedConvolution(coarse, up)];
  const results = made.map((y) => {
    const parts = read(y);
    // each part counts otherwise
    const loss = parts.map((part, i) => ad.sum(ad.multiply(ad.square(part), 1 + i))).reduce((a, b) => ad.add(a, b));
    return { parts, loss };
  });
  const slopes = differentiate(ad.add(results[0]!.loss, results[1]!.loss), [x, w, coarse, up]);
  const outputs: Record<string, Expression> = {};
  for (const [i, { parts }] of results.entries())
    for (const [j, part] of parts.entries()) outputs[`y${i}_${j}`] = ad.add(part, 0);
  for (const [i, slope] of slopes.entries()) outputs[`g${i}`] = slope;
  const feeds = Object.fromEntries(
    [x, w, coarse, up].map((e, i) => [['x', 'w', 'coarse', 'up'][i]!, randomNumbers(sizeOf(e.shape), i + 1)]),
  );
  const exact = await (await compile(outputs, { floatType: 'float64' }))(feeds);
  const blocked = await (await compile(outputs, { lowering: blockedLowering(block) }))(feeds);
  for (const [name, expected] of Object.entries(exact)) {
    const scale = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const difference = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - blocked[name]![i]!)), 0);
    expect(scale, name).toBeGreaterThan(0.1);
    expect(difference / scale, name).toBeLessThan(2e-5);
  }
});
