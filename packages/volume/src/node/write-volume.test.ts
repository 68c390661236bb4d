import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { writeNifti } from '../write-nifti.ts';
import { writeVolume } from './write-volume.ts';

const volume = {
  data: Int16Array.from({ length: 70 * 130 * 150 }, (_, i) => (i * 7919) % 251),
  shape: [70, 130, 150] as const,
  spacing: [1, 1, 1] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

it('compresses an image of several pieces, the same each time', async () => {
  const to = temporaryFolder();
  await writeVolume(join(to, 'a.nii.gz'), volume);
  await writeVolume(join(to, 'b.nii.gz'), volume);
  const bytes = await readFile(join(to, 'a.nii.gz'));
  expect(bytes.equals(await readFile(join(to, 'b.nii.gz')))).toBe(true);
  expect(gunzipSync(bytes).equals(writeNifti(volume))).toBe(true);
  await writeVolume(join(to, 'c.nii'), volume);
  expect((await readFile(join(to, 'c.nii'))).equals(writeNifti(volume))).toBe(true);
});

it('leaves nothing behind where it cannot write', async () => {
  const to = temporaryFolder();
  await expect(writeVolume(join(to, 'nowhere', 'a.nii.gz'), volume)).rejects.toMatchObject({ tag: 'missing-file' });
  await expect(writeVolume(join(to, 'a.nii.gz'), { ...volume, shape: [1, 2, 3] })).rejects.toThrow('does not fit');
  expect(await readdir(to)).toEqual([]);
});
