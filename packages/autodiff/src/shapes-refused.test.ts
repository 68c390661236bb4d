import { expect, it } from 'vitest';
import * as ad from './everything.fixture.ts';

const of = (...shape: number[]) => ad.input(`x${shape.join('x')}`, shape);
const image = of(2, 4, 6, 8);

/** What does not go together, and what the error says. */
const refused: Record<string, [() => unknown, RegExp]> = {
  'pooling that leaves a rest': [() => ad.averagePool(image, [4, 2]), /averagePool does not fit \[2, 4, 6, 8\]/],
  'pooling of another dimension': [() => ad.averagePool(image, [2]), /averagePool does not fit/],
  'a sum of two shapes': [() => ad.add(of(2, 3), of(2, 4)), /add does not fit \[2, 3\] and \[2, 4\]/],
  'a convolution of other channels': [() => ad.convolution(image, of(5, 3, 3, 3)), /convolution does not fit/],
  'a convolution of another dimension': [() => ad.convolution(image, of(5, 4, 3, 3, 3)), /convolution does not fit/],
  'groups that do not divide the outputs': [
    () => ad.convolution(image, of(5, 2, 3, 3), undefined, { groups: 2 }),
    /convolution in 2 groups does not fit \[2, 4, 6, 8\]/,
  ],
  'groups of other channels': [() => ad.convolution(image, of(4, 4, 3, 3), undefined, { groups: 2 }), /in 2 groups/],
  'a gradient of groups that do not divide the outputs': [
    () => ad.convolutionInputGradient(of(2, 5, 6, 8), of(5, 2, 1, 1), { groups: 2 }),
    /convolutionInputGradient in 2 groups does not fit/,
  ],
  'a weight gradient of groups that do not divide the channels': [
    () => ad.convolutionWeightGradient(image, image, { stride: [1, 1], padding: [0, 0], kernel: [1, 1], groups: 3 }),
    /convolutionWeightGradient in 3 groups does not fit/,
  ],
  'matrices that do not go together': [() => ad.matmul(of(2, 3), of(2, 3)), /matmul does not fit \[2, 3\]/],
  'matrices of other batches': [() => ad.matmul(of(2, 4, 3), of(5, 3, 2)), /matmul does not fit/],
  'a vector instead of a matrix': [() => ad.matmul(of(2, 3), of(3)), /matmul does not fit/],
  'a size of another dimension': [
    () => ad.interpolate(image, [3, 4, 5], { mode: 'linear' }),
    /interpolate to 3x4x5 does not fit/,
  ],
  'a size of nothing': [() => ad.interpolate(image, [0, 4], { mode: 'linear' }), /interpolate/],
  'a maximum that leaves a rest': [() => ad.maxPool(image, [4, 2]), /maxPool does not fit \[2, 4, 6, 8\]/],
  'a maximum of another dimension': [() => ad.maxPool(image, [2]), /maxPool does not fit/],
  'a layer norm of other channels': [() => ad.layerNorm(of(2, 3), of(2), of(3)), /layerNorm over axes -1 does not fit/],
  'a layer norm with too few shifts': [() => ad.layerNorm(of(2, 3), of(3), of(2)), /layerNorm/],
  'a kernel that is larger than the image': [() => ad.convolution(image, of(5, 4, 7, 3)), /convolution/],
  'a bias of other channels': [() => ad.convolution(image, of(5, 4, 3, 3), of(4)), /convolution does not fit/],
  'a slope of another shape': [() => ad.leakyReluGradient(of(2, 3), of(3, 2), 0.1), /leakyReluGradient does not fit/],
  'an expansion of an axis that is not 1': [() => ad.expand(of(2, 3), [4, 3]), /expand does not fit \[2, 3\]/],
  'an expansion by an axis': [() => ad.expand(of(1, 3), [2, 1, 3]), /expand does not fit/],
  'a norm with too few weights': [() => ad.instanceNorm(image, of(3), of(4)), /instanceNorm does not fit/],
  'a norm with too few shifts': [() => ad.instanceNorm(image, of(4), of(5)), /instanceNorm does not fit/],
  'labels of several channels': [() => ad.oneHot(of(2, 3, 4), 3), /oneHot does not fit/],
  'another number of elements': [() => ad.reshape(of(2, 3), [7]), /reshape of 2x3 to 7/],
  'axes that are not all there': [() => ad.transpose(of(2, 3), [0, 0]), /transpose along axes 0, 0 does not fit/],
  'a concatenation of other sizes': [() => ad.concat([of(2, 3), of(3, 4)], 0), /concat along axis 0 does not fit/],
  'a stride too many': [
    () => ad.convolution(image, of(5, 4, 3, 3), undefined, { stride: [1, 1, 1] }),
    /convolution does/,
  ],
  'a padding too many': [
    () => ad.convolution(image, of(5, 4, 3, 3), undefined, { padding: [1, 1, 1] }),
    /convolution does not fit/,
  ],
  'a stride too many of a gradient': [
    () => ad.convolutionInputGradient(image, of(4, 5, 2, 2), { stride: [2, 2, 2] }),
    /convolutionInputGradient does not fit/,
  ],
  'a padding too many of a weight gradient': [
    () => ad.convolutionWeightGradient(image, image, { stride: [1, 1], padding: [0, 0, 0], kernel: [1, 1] }),
    /convolutionWeightGradient does not fit/,
  ],
  'a kernel of another dimension': [
    () => ad.convolutionWeightGradient(image, image, { stride: [1, 1], padding: [0, 0], kernel: [1, 1, 1] }),
    /convolutionWeightGradient does not fit/,
  ],
  'a step too many': [() => ad.slice(of(4, 3), [0, 0], [1, 1], [1, 1, 1]), /slice does not fit/],
  'no padding of another dimension': [() => ad.pad(of(2, 3), [0], [0, 0]), /pad does not fit/],
  'padding of another dimension': [() => ad.pad(of(2, 3), [1], [1]), /pad does not fit/],
  'padding at one end': [() => ad.pad(of(2, 3), [1, 0], [1]), /pad does not fit/],
  'a slice of another dimension': [() => ad.slice(of(4, 3), [0], [1, 1]), /slice does not fit/],
  'a slice to another dimension': [() => ad.slice(of(4, 3), [0, 0], [1, 1, 1]), /slice does not fit/],
  'a slice that begins before the first element': [() => ad.slice(of(4, 3), [-1, 0], [1, 1]), /slice does not fit/],
  'a slice that ends after the last element': [() => ad.slice(of(4, 3), [2, 0], [3, 1]), /slice does not fit/],
  'a slice in steps beyond the last element': [() => ad.slice(of(4, 3), [0, 0], [3, 1], [2, 1]), /slice does not fit/],
  'a slice in steps of nothing': [() => ad.slice(of(4, 3), [0, 0], [2, 1], [0, 1]), /slice does not fit/],
  'a concatenation of other dimensions': [() => ad.concat([of(2, 3), of(2)], 0), /concat along axis 0 does not fit/],
  'a concatenation of nothing': [() => ad.concat([], 0), /concat of nothing/],
  'a transposed convolution of other channels': [
    () => ad.transposedConvolution(image, of(5, 4, 2, 2)),
    /transposedConvolution does not fit/,
  ],
  'a transposed convolution of another dimension': [
    () => ad.transposedConvolution(image, of(4, 5, 2, 2, 2)),
    /transposedConvolution does not fit/,
  ],
  'groups that do not divide the channels': [
    () => ad.groupNorm(image, of(4), of(4), { groups: 3 }),
    /groupNorm in 3 groups does not fit/,
  ],
  'a group norm with too few weights': [
    () => ad.groupNorm(image, of(3), of(4), { groups: 2 }),
    /groupNorm does not fit/,
  ],
  'a batch norm with too few shifts': [() => ad.batchNorm(image, of(4), of(3)), /batchNorm does not fit/],
  'a batch norm without space': [() => ad.batchNorm(of(2, 4), of(4), of(4)), /batchNorm does not fit/],
  'statistics without space': [() => ad.channelStatistics(of(2, 4)), /channelStatistics does not fit/],
  'a response norm with too few thresholds': [
    () => ad.filterResponseNorm(image, { gamma: of(4), beta: of(4), tau: of(2) }),
    /filterResponseNorm does not fit/,
  ],
  'a constant of another size': [() => ad.constant({ data: Float32Array.of(1, 2), shape: [3] }), /of shape 3 has 2/],
};

it.each(Object.keys(refused))('refuses %s', (name) => {
  const [make, message] = refused[name]!;
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});

it('takes what just goes together', () => {
  expect(ad.slice(of(4, 3), [1, 2], [3, 1]).shape).toEqual([3, 1]);
  expect(ad.slice(of(4, 3), [0, 0], [2, 2], [3, 2]).shape).toEqual([2, 2]);
  expect(ad.groupNorm(image, of(4), of(4), { groups: 2 }).shape).toEqual(image.shape);
  expect(ad.channelStatistics(of(2, 4, 1)).mean.shape).toEqual([4]);
  expect(ad.convolution(image, of(5, 4, 6, 8)).shape).toEqual([2, 5, 1, 1]);
  expect(ad.transposedConvolution(image, of(4, 5, 2, 3)).shape).toEqual([2, 5, 12, 24]);
});
