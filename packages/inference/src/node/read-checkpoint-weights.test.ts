import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { writeTorchFile } from '@nnunet/torch-checkpoint/node';
import { expect, it } from 'vitest';
import { readTorchWeights, tensorsOf } from '../read-torch-weights.ts';
import { readCheckpointWeights } from './read-checkpoint-weights.ts';

const folder = fileURLToPath(
  new URL(
    '../../../../../shared/golden/models/v1/nnUNet/2d/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1/',
    import.meta.url,
  ),
);

it.skipIf(!existsSync(folder))('reads the weights of a model of v1 (needs ../shared/golden)', async () => {
  const weights = await readCheckpointWeights(join(folder, 'fold_0/model_final_checkpoint.model'));
  const first = weights.get('conv_blocks_context.0.blocks.0.conv.weight')!;
  expect(first.shape.slice(1)).toEqual([1, 3, 3]);
  expect(first.data.every(Number.isFinite) && first.data.some((value) => value !== 0)).toBe(true);
});

it.each([
  ['state_dict', 'module.conv.weight', ['conv.all.0.weight', 'module.conv.all.1.bias', 'norm.num_batches_tracked']],
  [
    'network_weights',
    '_orig_mod.module.conv.weight',
    ['decoder.encoder.conv.weight', 'conv.all_modules.0.weight', 'norm.num_batches_tracked'],
  ],
])('reads the weights of PyTorch under their plain names: %s', async (key, name, others) => {
  const file = join(temporaryFolder(), 'x.pth');
  const value = (n: number) => ({ data: Float32Array.of(n), shape: [1] });
  await writeTorchFile(file, { [key]: { [name]: value(1), ...Object.fromEntries(others.map((n) => [n, value(2)])) } });
  expect(await readCheckpointWeights(file)).toEqual(new Map([['conv.weight', value(1)]]));
});

it('names a file that is not there', async () => {
  for (const name of ['gone.model', 'gone.safetensors'])
    expect(isNnUNetError(await readCheckpointWeights(`/nowhere/${name}`).catch((e) => e), 'missing-file')).toBe(true);
});

const tensor = (...values: number[]) =>
  ({ dtype: 'float32', shape: [values.length], read: async () => Float32Array.from(values) }) as never;

it('refuses weights that are not finite, and names them', async () => {
  expect((await readTorchWeights(new Map([['a', tensor(1, 3e38)]]), 'm.model')).get('a')!.data[0]).toBe(1);
  const error = await readTorchWeights(
    new Map([
      ['a', tensor(1)],
      ['b', tensor(1, Number.NaN)],
    ]),
    'm.model',
  ).catch((e) => e);
  expect(isNnUNetError(error, 'bad-weights')).toBe(true);
  expect(error.message).toMatch(/^m\.model: .*: b contains NaN/);
});

it('reads numbers of other types in single precision', async () => {
  const stored = (data: unknown, shape: number[]) => ({ dtype: 'other', shape, read: async () => data }) as never;
  const weights = await readTorchWeights(
    new Map([['a', stored(Float64Array.of(0.1, 2), [2, 1])], ['b', stored(BigInt64Array.of(3n), [])]]), // biome-ignore format: a table
    'm.model',
  );
  expect(weights.get('a')).toEqual({ data: Float32Array.of(0.1, 2), shape: [2, 1] });
  expect(weights.get('b')).toEqual({ data: Float32Array.of(3), shape: [] });
});

it('tells a checkpoint of nnU-Net v2 from one of v1', () => {
  const told = (content: object, key: string): string => {
    try {
      tensorsOf(new Map(Object.entries(content)), key, 'x.pth');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(told({ network_weights: new Map(), init_args: 1 }, 'state_dict')).toMatch(
    /^x\.pth: is a checkpoint of nnU-Net v2, but one of nnU-Net v1 is needed here/,
  );
  expect(told({ state_dict: new Map() }, 'network_weights')).toMatch(
    /is a checkpoint of nnU-Net v1, but one of nnU-Net v2/,
  );
  expect(told({ model: 1 }, 'state_dict')).toMatch(/contains no weights under the key "state_dict"/);
});
