import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpzFile } from '@nnunet/tensor/node';
import { expect, it } from 'vitest';
import { doubtFiles, doubtOfCase } from './doubt-of-case.ts';

const folder = mkdtempSync(join(tmpdir(), 'nnunet-doubt-'));

const store = (id: string, name: string) =>
  writeNpzFile(join(folder, `${id}.npz`), {
    [name]: { data: Float32Array.of(1, 0.5, 0, 0.5), shape: [2, 1, 1, 2], dtype: 'float32' },
  });
const doubt = (id: string, areRegions = false) =>
  doubtOfCase(doubtFiles(folder, [], { id, ending: '.nii.gz', areRegions })!, [1, 1, 2]);

it.each(['softmax', 'probabilities'])('reads the %s of an image', async (name) => {
  await store(name, name);
  expect([...(await doubt(name)).map]).toEqual([0, 1]);
});

it('reads the probabilities of regions, which need not add up to one', async () => {
  await store('regions', 'probabilities');
  expect((await doubt('regions', true)).mean).toBe(0.5);
});

it('refuses files of neither nnU-Net, and of another image', async () => {
  await store('other', 'logits');
  await expect(doubt('other')).rejects.toThrow(/other\.npz: contains no probabilities/);
  await store('larger', 'probabilities');
  const files = doubtFiles(folder, [], { id: 'larger', ending: '.nii.gz', areRegions: false })!;
  await expect(doubtOfCase(files, [1, 2, 2])).rejects.toThrow(/1 x 1 x 2 voxels, which do not fit/);
});
