import { expect, it } from 'vitest';
import * as ad from './index.ts';

const of = (...shape: number[]) => ad.input(`x${shape.join('x')}`, shape);
const image = of(2, 4, 6, 8);

/** What does not go together, and what the error says. */
const refused: Record<string, [() => unknown, RegExp]> = {
  'pooling that leaves a rest': [() => ad.averagePool(image, [4, 2]), /averagePool does not fit \[2, 4, 6, 8\]/],
  'pooling of another dimension': [() => ad.averagePool(image, [2]), /averagePool does not fit/],
  'a sum of two shapes': [() => ad.add(of(2, 3), of(2, 4)), /add does not fit \[2, 3\] and \[2, 4\]/],
  'a convolution of other channels': [() => ad.convolution(image, of(5, 3, 3, 3)), /convolution does not fit/],
  'a convolution of another dimension': [() => ad.convolution(image, of(5, 4, 3, 3, 3)), /convolution does not fit/],
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
  'padding of another dimension': [() => ad.pad(of(2, 3), [1], [1]), /pad does not fit/],
  'padding at one end': [() => ad.pad(of(2, 3), [1, 0], [1]), /pad does not fit/],
  'a constant of another size': [() => ad.constant({ data: Float32Array.of(1, 2), shape: [3] }), /of shape 3 has 2/],
};

it.each(Object.keys(refused))('refuses %s', (name) => {
  const [make, message] = refused[name]!;
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});
