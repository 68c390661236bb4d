import { existsSync, readFileSync } from 'node:fs';
import { zipArchive } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { tensorsOf } from '../test/tensors.ts';
import { entriesOf } from '../test/zip-archive.ts';
import { openTorchFile } from './node/open-torch-file.ts';
import { openTorchCheckpoint } from './open-torch-checkpoint.ts';
import { bytesSource, type RangeSource } from './range-source.ts';
import type { TorchTensor } from './torch-tensor.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const golden = new URL('../../../../shared/golden/models/', import.meta.url);

interface Described {
  dtype: string;
  shape: number[];
  values: (number | string)[];
}
const expected = JSON.parse(fixture('tensors.json').toString()) as Record<string, Described>;

async function expectTensors(value: unknown): Promise<void> {
  const tensors = tensorsOf(value);
  expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [name, tensor] of tensors) {
    const { dtype, shape, values } = expected[name]!;
    expect([tensor.dtype, tensor.shape], name).toEqual([dtype, shape]);
    const numbers = values.map((v) => Number(typeof v === 'string' ? v.replace('inf', 'Infinity') : v));
    expect(Array.from(await tensor.read(), Number), name).toEqual(numbers);
  }
}

describe('files of torch.save', () => {
  it.each([
    ['zip.pt', 'zip'],
    ['no-checksums.pt', 'zip'],
    ['big-endian.pt', 'zip'],
    ['legacy.pt', 'legacy'],
  ])('%s holds what was saved', async (file, form) => {
    const checkpoint = await openTorchCheckpoint(bytesSource(fixture(file)));
    expect(checkpoint.form).toBe(form);
    await expectTensors(checkpoint.value);
    const content = checkpoint.value as Map<string, unknown>;
    expect([...content.keys()].slice(0, 3)).toEqual(['tensors', 'network', 'optimizer']);
    const rest = Object.fromEntries([...content].slice(3));
    const texts = { device: 'cuda:1', dtype: 'torch.float16', path: '/data/x' };
    expect(rest).toEqual({ epoch: 12, best: 0.5, size: [2, 3], nothing: null, ...texts });
    const optimizer = content.get('optimizer') as Map<string, Map<string, unknown>[]>;
    expect(optimizer.get('param_groups')![0]!.get('lr')).toBe(0.1);
  });

  it('are read in zip64, and with another folder in the archive', async () => {
    const entries = entriesOf(fixture('zip.pt')).map((entry) => ({
      ...entry,
      name: entry.name.replace('zip/', 'archive/'),
    }));
    await expectTensors((await openTorchCheckpoint(bytesSource(zipArchive(entries)))).value);
    await expectTensors((await openTorchCheckpoint(bytesSource(zipArchive(entries, true)))).value);
  });

  it('give arrays of their types', async () => {
    const { value } = await openTorchCheckpoint(bytesSource(fixture('zip.pt')));
    const tensors = (value as Map<string, Map<string, TorchTensor>>).get('tensors')!;
    const names = ['plain', 'transposed', 'float16', 'bfloat16', 'float64', 'int64', 'int8', 'bool', 'empty'];
    const arrays = await Promise.all(names.map((name) => tensors.get(name)!.read()));
    expect(arrays.map((array) => array.constructor.name)).toEqual([
      ...['Float32Array', 'Float32Array', 'Float32Array', 'Float32Array', 'Float64Array', 'BigInt64Array'],
      ...['Int8Array', 'Uint8Array', 'Float32Array'],
    ]);
    // A caller may change what it read.
    arrays[0]!.fill(0 as never);
    expect((await tensors.get('plain')!.read())[1]).toBeCloseTo(1 / 7);
  });

  it('are read by range, not whole', async () => {
    const bytes = new Uint8Array(fixture('zip.pt'));
    const ranges: number[] = [];
    const source: RangeSource = {
      size: bytes.length,
      name: 'x',
      readRange: async (start, length) => {
        ranges.push(length);
        return bytes.slice(start, start + length);
      },
    };
    const { value } = await openTorchCheckpoint(source);
    ranges.length = 0;
    const part = (value as Map<string, Map<string, TorchTensor>>).get('tensors')!.get('shared part')!;
    expect(Array.from(await part.read(), Number).map((v) => Math.round(v * 7))).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(ranges).toEqual([30, 40]);
  });
});

describe.skipIf(!existsSync(golden))("nnU-Net's own models (skipped without ../shared/golden)", () => {
  const cases: [string, string, string, number][] = [
    [
      'v1/nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0/model_final_checkpoint.model',
      'state_dict',
      'zip',
      0,
    ],
    [
      'v1/nnUNet/2d/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0/model_final_checkpoint.model',
      'state_dict',
      'zip',
      1,
    ],
    [
      'v1/nnUNet/3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1/fold_1/model_final_checkpoint.model',
      'state_dict',
      'zip',
      1,
    ],
    [
      'v1/nnUNet/3d_cascade_fullres/Task103_CT/nnUNetTrainerV2CascadeFullRes__nnUNetPlansv2.1/fold_0/model_final_checkpoint.model',
      'state_dict',
      'zip',
      1,
    ],
    ['v2/nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0/checkpoint_final.pth', 'network_weights', 'zip', 0],
    ['v2/nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres/fold_0/checkpoint_final.pth', 'network_weights', 'zip', 1],
  ];
  it.each(cases)('%s', async (path, key, form, momentum) => {
    const file = await openTorchFile(new URL(path, golden).pathname);
    try {
      expect(file.form).toBe(form);
      const content = file.value as Map<string, unknown>;
      const weights = content.get(key) as Map<string, TorchTensor>;
      expect(weights.size).toBeGreaterThan(20);
      let elements = 0;
      for (const [name, tensor] of weights) {
        expect(tensor.dtype, name).toBe('float32');
        const values = await tensor.read();
        expect(values.length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
        expect(
          (values as Float32Array).every((v) => Number.isFinite(v) && Math.abs(v) < 100),
          name,
        ).toBe(true);
        elements += values.length;
      }
      expect(elements).toBeGreaterThan(10_000);
      const optimizer = tensorsOf(content.get('optimizer_state_dict') ?? content.get('optimizer_state'));
      expect(optimizer.size > 0).toBe(momentum === 1);
    } finally {
      await file.close();
    }
  });
});
