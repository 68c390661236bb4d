import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSplits } from '@nnunet/dataset/node';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { writeNiftiFile } from './nifti-file.ts';

const folder = temporaryFolder();

it('the example of the README runs', async () => {
  const input = join(folder, 'Task04_Hippocampus');
  const voxels = Array.from({ length: 24 }, (_, i) => i % 2);
  for (const file of ['imagesTr/a', 'labelsTr/a', 'imagesTs/t']) {
    writeNiftiFile(join(input, `${file}.nii.gz`), { size: [4, 3, 2], voxels, type: 'uint8' });
  }
  const training = [{ image: './imagesTr/a.nii.gz', label: './labelsTr/a.nii.gz' }];
  const dataset = { modality: { 0: 'MRI' }, labels: { 0: 'background', 1: 'x' }, training, test: [] };
  writeFileSync(join(input, 'dataset.json'), JSON.stringify(dataset));

  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]!
    .replace('/data/nnunet', join(folder, 'root'))
    .replace("'Task04_Hippocampus'", `'${input}'`)
    .replace("'splits_final.json'", `'${join(folder, 'splits_final.json')}'`);
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls).toEqual([['No faults found.']]);
  log.mockRestore();
  expect(await readSplits(join(folder, 'splits_final.json'))).toHaveLength(5);
});
