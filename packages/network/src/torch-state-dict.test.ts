import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeNetworkV2 } from './describe-v2.ts';
import type { NetworkDescription } from './network-description.ts';
import { parameterShapes } from './parameters.ts';
import { type ShippedNetwork, torchStateDict } from './torch-state-dict.ts';

/** The shapes of the dictionary, and under which other name each tensor already stood. */
function keysOf(description: NetworkDescription) {
  const shapes = parameterShapes(description);
  const weights = new Map(shapes.map(({ name, shape }) => [name, { data: new Float32Array(), shape }]));
  const dictionary = torchStateDict(description as ShippedNetwork, weights);
  return [...dictionary].map(([key, tensor]) => ({ key, shape: tensor.shape, tensor }));
}

const small: Omit<NetworkDescription, 'architecture'> = {
  dimension: 3,
  inputChannels: 1,
  classes: 3,
  features: [8, 16],
  pools: [[2, 2, 2]],
  kernels: [
    [3, 3, 3],
    [3, 3, 3],
  ],
  convolutionsPerStage: 1,
  encoderBlocks: [1, 1],
  decoderBlocks: [1],
  convolutionBias: false,
  upBias: false,
  headBias: true,
  norm: 'batch',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: true,
};

it("names the parts of v1's residual U-Net as it does itself, with the counts of its batch norms", () => {
  const keys = keysOf({ ...small, architecture: 'FabiansUNet' }).map(({ key }) => key);
  const norm = (name: string) =>
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map((part) => `${name}.${part}`);
  expect(keys.filter((key) => key.startsWith('decoder.stages.0.')).sort()).toEqual(
    [
      'decoder.stages.0.convs.0.conv.weight',
      ...norm('decoder.stages.0.convs.0.norm'),
      'decoder.stages.0.convs.0.all.0.weight',
      ...norm('decoder.stages.0.convs.0.all.2'),
    ].sort(),
  );
  expect(keys.filter((key) => key.includes('.all.') && !key.startsWith('decoder.stages.'))).toEqual([]);
  expect(keys.filter((key) => key.startsWith('encoder.initial_norm.'))).toEqual(norm('encoder.initial_norm'));
});

it("has no further names for v1's plain U-Net", () => {
  const description: NetworkDescription = { ...small, architecture: 'Generic_UNet', norm: 'instance' };
  expect(keysOf(description).map(({ key }) => key)).toEqual(parameterShapes(description).map(({ name }) => name));
});

it("has v2's parameters under all their names, each the same tensor", () => {
  const keys = new Map(keysOf({ ...small, architecture: 'PlainConvUNet' }).map(({ key, tensor }) => [key, tensor]));
  const block = 'encoder.stages.1.0.convs.0';
  const names = [`${block}.conv`, `${block}.all_modules.0`, `decoder.${block}.conv`, `decoder.${block}.all_modules.0`];
  expect(new Set(names.map((name) => keys.get(`${name}.weight`))).size).toBe(1);
  expect(keys.get('decoder.stages.0.convs.0.all_modules.1.running_var')).toBe(
    keys.get('decoder.stages.0.convs.0.norm.running_var'),
  );
  expect(keys.get(`decoder.${block}.all_modules.1.num_batches_tracked`)).toEqual({
    data: BigInt64Array.of(0n),
    shape: [],
  });
  // The norm comes last where the nonlinearity precedes it.
  const other = keysOf({ ...small, architecture: 'PlainConvUNet', nonlinearityFirst: true }).map(({ key }) => key);
  expect(other).toContain(`${block}.all_modules.2.running_var`);
});

const golden = fileURLToPath(new URL('../../../../shared/golden/v2/network/', import.meta.url));
it.skipIf(!existsSync(golden)).each(['plain_2d', 'plain_3d_aniso', 'resenc_3d', 'resenc_2d', 'resenc_3d_aniso'])(
  'has the keys and shapes that nnU-Net 2.8.1 has (in ../shared/golden/v2): %s',
  (name) => {
    const stored = JSON.parse(readFileSync(`${golden}${name}.json`, 'utf8'));
    const { architecture, labels, input_channels: channels, state_dict: expected } = stored;
    const patch_size = Array(name.includes('2d') ? 2 : 3).fill(64);
    const description = describeNetworkV2({ configurations: { own: { architecture, patch_size } } }, 'own', {
      channel_names: Object.fromEntries(Array.from({ length: channels }, (_, c) => [c, 'MR'])),
      labels,
      regions_class_order: [1, 2, 3],
    });
    const byKey = (list: { key: string; shape: readonly number[] }[]) =>
      Object.fromEntries(list.map(({ key, shape }) => [key, shape]));
    const keys = keysOf(description);
    expect(byKey(keys)).toEqual(byKey(expected));
    const tensors = new Map(keys.map(({ key, tensor }) => [key, tensor]));
    for (const { key, same_as } of expected) if (same_as) expect(tensors.get(key)).toBe(tensors.get(same_as));
  },
);
