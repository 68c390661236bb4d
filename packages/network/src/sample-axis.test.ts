import type { Expression } from '@nnunet/autodiff';
import * as ad from '@nnunet/autodiff/operators';
import { expect, it } from 'vitest';
import { mixedSamples } from './sample-axis.ts';

/** Two samples of 4 channels and 6 x 8 voxels. */
const data = ad.input('data', [2, 4, 6, 8]);
const rows = ad.reshape(data, [2, 4, 48]);
const weights = ad.input('weights', [4, 4, 3, 3]);
const [matrix, bias] = [ad.input('matrix', [48, 5]), ad.input('bias', [4])];
const turned = ad.transpose(data, [1, 0, 2, 3]);
const back = (x: Expression) => ad.transpose(x, [1, 0, 2, 3]);
/** The samples lie third. */
const third = ad.transpose(data, [1, 2, 0, 3]);

it.each<[string, Expression]>([
  ['sums over channels and space', ad.sum(data, [1, 2, 3])],
  ['sums over an axis before the samples', ad.sum(turned, [0])],
  ['kept axes', ad.mean(data, [2, 3], true)],
  ['a softmax over channels', ad.softmax(data, 1)],
  ['a softmax over channels that lie first', back(ad.softmax(turned, 0))],
  ['classes', ad.oneHot(ad.cast(ad.argMax(data, 1), 'float'), 4)],
  ['channels joined', ad.concat([data, data], 1)],
  ['a product with a matrix', ad.matmul(rows, matrix)],
  ['a product within each sample', ad.matmul(rows, ad.transpose(rows, [0, 2, 1]))],
  ['a matrix times each sample', ad.matmul(ad.input('left', [3, 4]), rows)],
  ['space as tokens', ad.transpose(ad.reshape(data, [2, 4, 48]), [0, 2, 1])],
  ['samples and channels as one axis', ad.reshape(ad.exp(ad.reshape(data, [8, 6, 8])), [2, 4, 6, 8])],
  ['samples cut in half', ad.reshape(data, [4, 2, 6, 8])],
  ['part of each sample', ad.slice(data, [0, 1, 0, 0], [2, 2, 6, 8])],
  ['padding', ad.pad(data, [0, 0, 1, 1], [0, 0, 1, 1])],
  ['a convolution', ad.convolution(data, weights, bias, { padding: [1, 1] })],
  ['an instance norm', ad.instanceNorm(data, bias, bias)],
  ['pooling and interpolation', ad.interpolate(ad.averagePool(data, [2, 2]), [6, 8], { mode: 'linear' })],
  ['numbers that are the same for all samples', ad.add(data, ad.input('shift', [4, 1, 1]))],
  ['what does not depend on the data', ad.sum(weights)],
])('keeps samples apart: %s', (_, output) => {
  expect(mixedSamples(data, [output])).toBeUndefined();
});

it.each<[string, Expression, string]>([
  ['a sum over the samples', ad.sum(data, [0]), 'sum'],
  ['a sum over the samples where they lie second', back(ad.sum(turned, [1], true)), 'sum'],
  ['a softmax over the samples', ad.softmax(data, 0), 'softmax'],
  ['a softmax over the samples where they lie second', back(ad.softmax(turned, 1)), 'softmax'],
  ['the greatest sample', ad.argMax(data, 0), 'argMax'],
  ['samples joined', ad.concat([data, data], 0), 'concat'],
  [
    'samples along different axes',
    ad.matmul(ad.reshape(data, [2, 192]), ad.transpose(ad.reshape(data, [2, 192]), [1, 0])),
    'matmul',
  ],
  ['a product that sums over the samples', ad.matmul(ad.input('left', [3, 2]), ad.reshape(data, [2, 192])), 'matmul'],
  [
    'a product that sums over the samples on the left',
    ad.matmul(ad.transpose(ad.reshape(data, [2, 192]), [1, 0]), ad.input('right', [2, 3])),
    'matmul',
  ],
  ['the first sample', ad.slice(data, [0, 0, 0, 0], [1, 4, 6, 8]), 'slice'],
  ['a sample too many', ad.pad(data, [1, 0, 0, 0], [0, 0, 0, 0]), 'pad'],
  ['samples cut by other borders', ad.reshape(data, [3, 128]), 'reshape'],
  ['samples along another axis', turned, 'transpose'],
  [
    'filters from the data',
    ad.convolution(data, ad.reshape(ad.slice(data, [0, 0, 0, 0], [2, 2, 6, 4]), [2, 4, 3, 4])),
    'convolution',
  ],
  ['pooling over the samples', ad.transpose(ad.averagePool(third, [2, 1]), [2, 0, 1, 3]), 'averagePool'],
  [
    'an instance norm over the samples',
    ad.transpose(ad.instanceNorm(third, ad.input('six', [6]), ad.input('six', [6])), [2, 0, 1, 3]),
    'instanceNorm',
  ],
])('finds %s', (_, output, op) => {
  expect(mixedSamples(data, [output])?.op).toBe(op);
});
