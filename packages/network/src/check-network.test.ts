import { expect, it } from 'vitest';
import { checkNetworkDescription } from './check-network.ts';
import type { NetworkDescription } from './network-description.ts';

const network: NetworkDescription = {
  architecture: 'Generic_UNet',
  dimension: 3,
  inputChannels: 1,
  classes: 3,
  features: [8, 16, 32],
  pools: [
    [1, 2, 2],
    [2, 2, 2],
  ],
  kernels: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
  convolutionsPerStage: 2,
  convolutionBias: true,
  norm: 'instance',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: true,
};

it('lets a right description pass', () => {
  expect(checkNetworkDescription(JSON.parse(JSON.stringify(network)), 'file')).toEqual(network);
  const residual = { ...network, architecture: 'FabiansUNet', encoderBlocks: [1, 2, 3], decoderBlocks: [1, 1] };
  expect(checkNetworkDescription(residual, 'file')).toBe(residual);
});

it.each([
  ['architecture', 'Transformer'],
  ['dimension', 4],
  ['inputChannels', 0],
  ['classes', 1e9],
  ['features', []],
  ['features', [8, 16, -1]],
  ['features', Array(30).fill(8)],
  ['pools', [[1, 2, 2]]],
  [
    'pools',
    [
      [1, 2],
      [2, 2],
    ],
  ],
  ['kernels', null],
  ['convolutionsPerStage', 9e15],
  ['encoderBlocks', [1]],
  ['decoderBlocks', [1, 1, 1]],
  ['norm', 'layer'],
  ['normEpsilon', null],
  ['normGroups', 0.5],
  ['nonlinearity', 'tanh'],
  ['negativeSlope', 'x'],
  ['deepSupervision', 1],
])('names %s when it is %j', (key, wrong) => {
  expect(() => checkNetworkDescription({ ...network, [key]: wrong }, 'model.safetensors')).toThrow(
    new RegExp(`^model.safetensors: key "network.${key}": .* expected, found `),
  );
});

it('refuses what is no object', () => {
  for (const wrong of [null, 3, 'x', []]) expect(() => checkNetworkDescription(wrong, 'f')).toThrow(/network\.arch/);
});
