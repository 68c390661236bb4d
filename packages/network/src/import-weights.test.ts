import { isNnUNetError } from '@nnunet/errors';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { difference, readNetworkCase } from '../test/goldens.ts';
import { readVariant } from '../test/variants.ts';
import { describeV1Model, importV1Weights } from './import-v1.ts';
import { importV2Weights } from './import-v2.ts';
import { importMomenta } from './import-weights.ts';

type Tensors = Map<string, Tensor<TypedArray>>;

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isNnUNetError(error, 'bad-weights')) return error.message;
    throw error;
  }
  return '';
}

const counter = { data: BigInt64Array.of(7n), shape: [] };

describe('v1', () => {
  it('drops prefixes, counts and doubled entries, and keeps values', async () => {
    const { description, weights } = await readVariant('residual_batch_3d');
    const stateDict: Tensors = new Map();
    for (const [name, tensor] of weights) stateDict.set(`module.${name}`, tensor);
    const first = 'decoder.stages.0.convs.0';
    stateDict.set(`module.${first}.all.0.weight`, weights.get(`${first}.conv.weight`)!);
    stateDict.set('module.encoder.initial_norm.num_batches_tracked', counter);
    const imported = importV1Weights(stateDict, description);
    expect([...imported.keys()]).toEqual([...weights.keys()]);
    expect(imported).toEqual(weights);
  });

  it('converts doubles, and prefers a plain name', async () => {
    const { description, weights } = await readNetworkCase('2d');
    const stateDict: Tensors = new Map(weights);
    const name = 'tu.0.weight';
    const { data, shape } = weights.get(name)!;
    stateDict.set(name, { data: Float64Array.from(data), shape });
    stateDict.set(`module.${name}`, { data: data.map((v) => v + 1), shape });
    const imported = importV1Weights(stateDict, description).get(name)!;
    expect(imported.data).toBeInstanceOf(Float32Array);
    expect(difference(imported.data, data)).toBe(0);
  });

  it('says what is missing, too much or of another shape, and names an unknown trainer', async () => {
    const { description, weights } = await readNetworkCase('2d');
    const changed = (change: (map: Tensors) => void, trainer?: string) => {
      const stateDict: Tensors = new Map(weights);
      change(stateDict);
      return faultOf(() => importV1Weights(stateDict, description, trainer));
    };
    expect(changed((m) => m.delete('tu.0.weight'))).toContain('they lack tu.0.weight');
    expect(changed((m) => m.set('extra.weight', m.get('tu.0.weight')!))).toContain('they have extra.weight');
    expect(changed((m) => m.set('tu.0.weight', m.get('tu.1.weight')!))).toMatch(
      /other shapes of tu\.0\.weight \(.* x /,
    );
    expect(changed((m) => m.clear())).toMatch(/they lack [\w.]+, [\w.]+, [\w.]+ and \d+ more\n/);
    const both = changed((m) => [m.delete('tu.0.weight'), m.set('extra.weight', m.get('tu.1.weight')!)]);
    expect(both).toContain('they lack tu.0.weight; they have extra.weight');
    expect(changed((m) => m.delete('tu.0.weight'), 'nnUNetTrainerV2')).toContain('Use the plans, stage and trainer');
    const unknown = changed((m) => m.set('extra.weight', m.get('tu.0.weight')!), 'MyTrainer');
    expect(unknown).toContain('trainer MyTrainer is unknown');
    expect(changed(() => {}, 'MyTrainer')).toBe('');
  });

  it('reads channels, classes and the architecture from the weights', async () => {
    const { description, weights } = await readVariant('residual_3d');
    const plans = {
      num_modalities: 1,
      num_classes: 7,
      base_num_features: 4,
      plans_per_stage: {
        0: {
          ...{ batch_size: 2, num_pool_per_axis: [], median_patient_size_in_voxels: [], current_spacing: [] },
          ...{ original_spacing: [], do_dummy_2D_data_aug: false, patch_size: [4, 16, 16] },
          pool_op_kernel_sizes: [[1, 1, 1], ...description.pools],
          conv_kernel_sizes: description.kernels,
          num_blocks_encoder: description.encoderBlocks,
          num_blocks_decoder: description.decoderBlocks,
        },
      },
    };
    for (const [trainer, known] of [
      ['nnUNetTrainerV2_ResencUNet_DA3', true],
      ['OtherTrainer', false],
    ] as const) {
      const found = describeV1Model({ plans, stage: 0, trainer, stateDict: weights });
      expect(found.known).toBe(known);
      expect(found.description).toEqual({ ...description, features: [4, 8, 16] });
    }
  });

  it('numbers momenta as the parameters', async () => {
    const { description, weights } = await readVariant('batch_2d');
    const buffers = new Map([[2, { data: Float32Array.from({ length: 16 }, (_, i) => i), shape: [16] }]]);
    const momenta = importMomenta(buffers, description);
    const names = [...weights.keys()].filter((name) => !name.includes('running'));
    expect([...momenta.keys()]).toEqual(names);
    expect([...momenta.get(names[2]!)!.data]).toEqual([...buffers.get(2)!.data]);
    expect(new Set(momenta.get(names[1]!)!.data)).toEqual(new Set([0]));
    expect(faultOf(() => importMomenta(new Map([[0, buffers.get(2)!]]), description))).toContain('momentum 0');
    const beyond = new Map([[names.length, buffers.get(2)!]]);
    expect(faultOf(() => importMomenta(beyond, description))).toContain('its parameter does not exist');
    const last = weights.get(names.at(-1)!)!;
    expect(importMomenta(new Map([[names.length - 1, last]]), description).get(names.at(-1)!)).toEqual(last);
  });
});

it('takes the weights out of a state dict of v2, whatever its prefixes', async () => {
  const { description, weights, stateDictKeys } = await readVariant('v2_residual_3d');
  expect(stateDictKeys!.length).toBeGreaterThan(2 * weights.size);
  for (const prefix of ['', 'module.', '_orig_mod.', 'module._orig_mod.']) {
    const stateDict: Tensors = new Map();
    for (const key of stateDictKeys!) stateDict.set(prefix + key, weights.get(key) ?? counter);
    expect(importV2Weights(stateDict, description)).toEqual(weights);
    stateDict.delete(`${prefix}decoder.seg_layers.1.bias`);
    expect(faultOf(() => importV2Weights(stateDict, description))).toContain('they lack decoder.seg_layers.1.bias');
  }
});
