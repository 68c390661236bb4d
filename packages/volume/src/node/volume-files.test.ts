import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { readNifti } from '../read-nifti.ts';
import { readGeometry, readLabels, readVolume } from './read-volume.ts';
import { splitNiftiFile, writeLabels, writeVolume } from './write-volume.ts';

const folder = temporaryFolder();
const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url).pathname;
const image = fixture('hippocampus_165.nii.gz');

async function tagOf(work: Promise<unknown>, path: string): Promise<string> {
  return work.then(
    () => 'done',
    (error) => (isNnUNetError(error) && error.where === path && error.remedy ? error.tag : `untyped: ${error}`),
  );
}

it('reads what the portable reader reads', async () => {
  expect(await readVolume(image)).toEqual(await readNifti(readFileSync(image)));
});

it('writes compressed and plain by name', async () => {
  const volume = await readVolume(image);
  for (const name of ['a.nii', 'a.nii.gz']) {
    const path = join(folder, name);
    await writeVolume(path, volume);
    const bytes = readFileSync(path);
    expect(bytes[0]).toBe(name.endsWith('.gz') ? 0x1f : 0x5c);
    const { niftiHeader: _, ...back } = await readVolume(path);
    const { niftiHeader: __, ...expected } = volume;
    expect(back).toEqual(expected);
  }
  expect(gunzipSync(readFileSync(join(folder, 'a.nii.gz'))).equals(readFileSync(join(folder, 'a.nii')))).toBe(true);
});

it('writes labels at the position of an image', async () => {
  const geometry = await readGeometry(image);
  const [z, y, x] = geometry.shape;
  const labels = Uint8Array.from({ length: z * y * x }, (_, i) => i % 3);
  const path = join(folder, 'labels.nii.gz');
  await writeLabels(path, labels, geometry);
  expect((await readLabels(path)).data).toEqual(labels);
});

it('reads a position without the voxels', async () => {
  const { data: _, ...geometry } = await readVolume(image);
  expect(await readGeometry(image)).toEqual(geometry);
  const cut = join(folder, 'cut.nii.gz');
  copyFileSync(image, cut);
  truncateSync(cut, 2000);
  expect(await readGeometry(cut)).toEqual(geometry);
  expect(await tagOf(readVolume(cut), cut)).toBe('bad-nifti');
  const plain = join(folder, 'plain.nii');
  writeFileSync(plain, gunzipSync(readFileSync(image)).subarray(0, 400));
  expect(await readGeometry(plain)).toEqual(geometry);
});

it('names the file and the remedy in errors', async () => {
  const none = join(folder, 'none.nii.gz');
  expect(await tagOf(readVolume(none), none)).toBe('missing-file');
  expect(await tagOf(readGeometry(none), none)).toBe('missing-file');
  expect(await tagOf(readLabels('x.png'), 'x.png')).toBe('unknown-format');
  const text = join(folder, 'text.nii.gz');
  writeFileSync(text, 'not an image');
  expect(await tagOf(readVolume(text), text)).toBe('bad-nifti');
  expect(await tagOf(readGeometry(text), text)).toBe('bad-nifti');
  const broken = join(folder, 'broken.nii.gz');
  writeFileSync(broken, Buffer.concat([readFileSync(image).subarray(0, 30), Buffer.alloc(500, 7)]));
  expect(await tagOf(readGeometry(broken), broken)).toBe('bad-nifti');
  expect(await tagOf(splitNiftiFile(broken), broken)).toBe('bad-nifti');
  const lost = join(folder, 'no', 'such.nii.gz');
  expect(await tagOf(writeVolume(lost, await readVolume(image)), lost)).toBe('missing-file');
});
