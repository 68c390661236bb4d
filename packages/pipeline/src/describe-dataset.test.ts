import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { describeDataset } from './describe-dataset.ts';
import { listener } from './small-task.fixture.ts';

const geometry = {
  shape: [1, 2, 3],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const roots = resolveRoots({ env: {} });
let folder: string;

beforeEach(async () => {
  folder = join(temporaryFolder(), 'Task042_Two_Lobes');
  for (const name of ['imagesTr', 'labelsTr', 'imagesTs']) await mkdir(join(folder, name), { recursive: true });
  for (const [id, labels] of [
    ['b', [0, 0, 5, 0, 0, 0]],
    ['a', [10, 2, 2, 0, 2, 0]],
  ] as const) {
    await writeLabels(join(folder, 'labelsTr', `${id}.nii.gz`), Uint8Array.from(labels), geometry);
    for (const channel of ['0000', '0001'])
      await writeVolume(join(folder, 'imagesTr', `${id}_${channel}.nii.gz`), {
        ...geometry,
        data: new Float32Array(6),
      });
  }
  writeFileSync(join(folder, 'labelsTr', '._a.nii.gz'), 'of another program');
});

function describeIt(more: Partial<Parameters<typeof describeDataset>[0]> = {}) {
  return describeDataset({ roots, folder, modalities: ['T1', 'T2'], overwrite: false, reporter: listener(), ...more });
}

it('reads the labels from the label maps, and names what is not given', async () => {
  const progress: string[] = [];
  const reporter = {
    ...listener(),
    progress: ({ done, total, note }: { done: number; total: number; note?: string }) =>
      void progress.push(`${done}/${total} ${note}`),
  };
  const described = await describeIt({ licence: 'CC-BY', reporter });
  const labels = { '0': 'background', '2': 'label_2', '5': 'label_5', '10': 'label_10' };
  expect(described).toEqual({ file: join(folder, 'dataset.json'), training: 2, test: 0, labels });
  expect(progress).toEqual(['1/2 a.nii.gz', '2/2 b.nii.gz']);
  const text = readFileSync(described.file, 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    name: 'Two_Lobes',
    licence: 'CC-BY',
    labels,
    modality: { '0': 'T1', '1': 'T2' },
  });
  expect(text.indexOf('"2"')).toBeLessThan(text.indexOf('"10"'));
});

it('keeps a file that is there, and reads no label maps where the labels are named', async () => {
  writeFileSync(join(folder, 'dataset.json'), 'mine');
  await expect(describeIt()).rejects.toMatchObject({ tag: 'exists', where: join(folder, 'dataset.json') });
  expect(readFileSync(join(folder, 'dataset.json'), 'utf8')).toBe('mine');
  const labels = { '0': 'background', '1': 'all' };
  expect(await describeIt({ overwrite: true, labels, name: 'Lobes' })).toMatchObject({ labels });
  expect(JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'))).toMatchObject({ name: 'Lobes', labels });
});

it('describes a task by its id, in words that are given', async () => {
  const base = temporaryFolder();
  const own = resolveRoots({ env: { nnUNet_raw_data_base: base } });
  const raw = join(base, 'nnUNet_raw_data/Task042_Two_Lobes');
  cpSync(folder, raw, { recursive: true });
  const described = await describeIt({ roots: own, task: '42', folder: undefined, reference: 'r', release: '2' });
  expect(described.file).toBe(join(raw, 'dataset.json'));
  expect(JSON.parse(readFileSync(described.file, 'utf8'))).toMatchObject({
    name: 'Two_Lobes',
    description: '',
    reference: 'r',
    licence: '',
    release: '2',
  });
  const stopped = describeIt({ signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
});

it('refuses no folder, two, one without label maps, and labels that are not integers', async () => {
  await expect(describeIt({ folder: undefined })).rejects.toMatchObject({ tag: 'usage' });
  await expect(describeIt({ task: '42' })).rejects.toMatchObject({ tag: 'usage' });
  const labelsTr = join(folder, 'labelsTr');
  await writeVolume(join(labelsTr, 'b.nii.gz'), { ...geometry, data: Float32Array.of(0, 1, 0.5, 1, 0, 2) });
  await expect(describeIt()).rejects.toMatchObject({ tag: 'bad-labels', message: expect.stringContaining('0.5') });
  const empty = temporaryFolder();
  await expect(describeIt({ folder: empty })).rejects.toMatchObject({
    tag: 'missing-file',
    where: join(empty, 'labelsTr'),
  });
});
