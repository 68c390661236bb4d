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

const flat: Partial<NetworkDescription> = {
  dimension: 2,
  pools: times(2, [2, 2]),
  kernels: times(3, [3, 3]),
};

function times<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}

/** A network of this many stages. */
const deep = (stages: number) => ({
  features: times(stages, 8),
  pools: times(stages - 1, [1, 2, 2]),
  kernels: times(stages, [3, 3, 3]),
});

it('gives a right description back', () => {
  const parsed = JSON.parse(JSON.stringify(network));
  expect(checkNetworkDescription(parsed, 'file')).toBe(parsed);
});

it.each<Partial<NetworkDescription>>([
  { architecture: 'FabiansUNet', encoderBlocks: [1, 2, 3], decoderBlocks: [1, 1] },
  { architecture: 'PlainConvUNet' },
  { architecture: 'ResidualEncoderUNet' },
  flat,
  deep(1),
  deep(20),
  { inputChannels: 100_000, classes: 100_000, features: [100_000, 1, 1], normGroups: 100_000 },
  { inputChannels: 1, classes: 1, convolutionsPerStage: 1, normGroups: 1 },
  { convolutionsPerStage: 100, encoderBlocks: [100, 1, 1], decoderBlocks: [1, 100] },
  {
    kernels: [[1000, 1, 1], ...times(2, [3, 3, 3])],
    pools: [
      [1, 1000, 1],
      [1, 1, 1],
    ],
  },
  { norm: 'batch' },
  { norm: 'group' },
  { norm: 'filterResponse' },
  { norm: 'none' },
  { nonlinearity: 'leakyRelu' },
  { nonlinearity: 'gelu' },
  { nonlinearity: 'mish' },
  { nonlinearity: 'none' },
  { upBias: true, headBias: false, nonlinearityFirst: true, convolutionBias: false, deepSupervision: false },
  { negativeSlope: 0, normEpsilon: 0 },
])('lets %j pass', (changed) => {
  expect(() => checkNetworkDescription({ ...network, ...changed }, 'file')).not.toThrow();
});

it.each<[key: keyof NetworkDescription, wrong: unknown, also?: object]>([
  ['architecture', 'Transformer'],
  ['dimension', 4],
  ['dimension', 1],
  ['dimension', undefined],
  ['inputChannels', 0],
  ['inputChannels', 100_001],
  ['inputChannels', 1.5],
  ['classes', 1e9],
  ['classes', 100_001],
  ['features', []],
  ['features', 'abc'],
  ['features', [8, 16, -1]],
  ['features', [8, 16, 100_001]],
  ['features', times(21, 8), { pools: times(20, [1, 1, 1]), kernels: times(21, [1, 1, 1]) }],
  ['pools', [[1, 2, 2]]],
  ['pools', times(3, [1, 1, 1])],
  ['pools', times(2, [1, 2])],
  [
    'pools',
    [
      [1, 1, 1001],
      [1, 1, 1],
    ],
  ],
  [
    'pools',
    [
      [1, 1, 0],
      [1, 1, 1],
    ],
  ],
  ['kernels', null],
  ['kernels', times(2, [3, 3, 3])],
  ['kernels', times(3, [3, 3])],
  ['kernels', times(3, [3, 1001, 3])],
  ['convolutionsPerStage', 9e15],
  ['convolutionsPerStage', 101],
  ['convolutionsPerStage', 0],
  ['encoderBlocks', [1]],
  ['encoderBlocks', [1, 101, 1]],
  ['decoderBlocks', [1, 1, 1]],
  ['decoderBlocks', [1, 101]],
  ['convolutionBias', undefined],
  ['upBias', 1],
  ['headBias', null],
  ['norm', 'layer'],
  ['normEpsilon', null],
  ['normEpsilon', -5],
  ['normGroups', 0.5],
  ['normGroups', 100_001],
  ['nonlinearity', 'tanh'],
  ['negativeSlope', 'x'],
  ['nonlinearityFirst', 'no'],
  ['deepSupervision', 1],
])('names %s when it is %j', (key, wrong, also = {}) => {
  expect(() => checkNetworkDescription({ ...network, ...also, [key]: wrong }, 'model.safetensors')).toThrow(
    new RegExp(`^model.safetensors: key "network.${key}": .* expected, found `),
  );
});

it('shows what it found, but no more than 80 characters of it', () => {
  const found = (norm: unknown) => () => checkNetworkDescription({ ...network, norm }, 'f');
  expect(found('layer')).toThrow(/none expected, found "layer"\n/);
  expect(found('x'.repeat(100))).toThrow(/found "x{79}\n/);
  expect(found(undefined)).toThrow(/found nothing\n/);
});

it('refuses values that are not objects', () => {
  for (const wrong of [null, 3, 'x', []]) expect(() => checkNetworkDescription(wrong, 'f')).toThrow(/network\.arch/);
});
