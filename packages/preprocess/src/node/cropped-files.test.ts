import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CroppedCase } from '@nnunet/schema';
import { readNpzFile, writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { listCroppedCases, readCroppedCase, readCroppedCases, writeCroppedCase } from './cropped-files.ts';

const cropped: CroppedCase = {
  id: 'a',
  images: [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8, 9, 10, 11, 12)],
  segmentation: Float32Array.of(0, 1, -1, 2, 0, 0),
  shape: [1, 2, 3],
  properties: {
    original_size_of_raw_data: [1, 2, 3],
    original_spacing: [3, 2, 1],
    list_of_data_files: ['x'],
    seg_file: 'y',
    itk_origin: [0, 0, 0],
    itk_spacing: [1, 2, 3],
    itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    crop_bbox: [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
    classes: [-1, 0, 1, 2],
    size_after_cropping: [1, 2, 3],
  },
};

it('writes a case as v1 does, in place of what is there, and reads it again', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.pkl'), 'of an older one');
  await writeCroppedCase(folder, cropped);
  expect(existsSync(join(folder, 'a.pkl'))).toBe(false);
  const array = (await readNpzFile(join(folder, 'a.npz'))).get('data')!;
  expect([array.shape, array.dtype]).toEqual([[3, 1, 2, 3], 'float32']);
  expect([...array.data]).toEqual([...cropped.images[0]!, ...cropped.images[1]!, ...cropped.segmentation]);
  expect(await readCroppedCase(folder, 'a')).toEqual(cropped);
  await expect(writeCroppedCase(folder, { ...cropped, id: '../b' })).rejects.toThrow();
});

it.each([
  ['another type', { data: new Float64Array(18), shape: [3, 1, 2, 3] }],
  ['other axes', { data: new Float32Array(18), shape: [3, 6] }],
  ['another size', { data: new Float32Array(18), shape: [3, 1, 3, 2] }],
  ['no channels', { data: new Float32Array(6), shape: [1, 2, 3] }],
])('refuses an array of %s', async (_, data) => {
  const folder = temporaryFolder();
  await writeCroppedCase(folder, cropped);
  await writeNpzFile(join(folder, 'a.npz'), { data });
  const where = join(folder, 'a.npz');
  await expect(readCroppedCase(folder, 'a')).rejects.toMatchObject({ tag: 'bad-cropped-case', where });
  await writeNpzFile(join(folder, 'a.npz'), { other: { data: new Float32Array(18), shape: [3, 1, 2, 3] } });
  await expect(readCroppedCase(folder, 'a')).rejects.toMatchObject({ tag: 'bad-cropped-case', where });
});

it('lists cases by name, and reads them in this order or in the order given', async () => {
  const folder = temporaryFolder();
  for (const id of ['b', 'a']) await writeCroppedCase(folder, { ...cropped, id });
  for (const name of ['.c.npz', 'd.npy']) writeFileSync(join(folder, name), '');
  expect(await listCroppedCases(folder)).toEqual(['a', 'b']);
  const read = async (ids?: string[]) => {
    const found: string[] = [];
    for await (const { id } of readCroppedCases(folder, ids)) found.push(id);
    return found;
  };
  expect([await read(), await read(['b', 'a']), await read([])]).toEqual([['a', 'b'], ['b', 'a'], []]);
  const none = join(folder, 'none');
  await expect(listCroppedCases(none)).rejects.toMatchObject({ tag: 'missing-folder', where: none });
});
