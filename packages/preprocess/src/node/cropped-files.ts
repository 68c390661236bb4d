import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { CroppedCase } from '@nnunet/schema';
import { requireCaseId } from '@nnunet/schema/internal';
import { readCaseProperties } from '@nnunet/store';
import { writeCaseProperties } from '@nnunet/store/internal';
import { readNpzFile, writeNpzFile } from '@nnunet/tensor/node';
import { namesIn } from '@nnunet/tensor/node/internal';

/**
 * Writes a cropped case in v1's layout: first `<id>.npz` with `data` (modalities + labels, z, y, x) as float32, then
 * `<id>.json` with the properties. If the properties exist, they therefore belong to the array. Uses zlib level 1: v1's
 * level 6 takes four times as long for files only a tenth smaller.
 */
export async function writeCroppedCase(folder: string, cropped: CroppedCase): Promise<void> {
  const { id, images, segmentation, shape, properties } = cropped;
  requireCaseId(id);
  const data = new Float32Array((images.length + 1) * segmentation.length);
  for (const [c, image] of images.entries()) data.set(image, c * segmentation.length);
  data.set(segmentation, images.length * segmentation.length);
  const array = { data, shape: [images.length + 1, ...shape] };
  for (const ending of ['.json', '.pkl']) await rm(join(folder, id + ending), { force: true });
  await writeNpzFile(join(folder, `${id}.npz`), { data: array }, { level: 1 });
  await writeCaseProperties(join(folder, `${id}.json`), properties);
}

/**
 * Reads a cropped case written by this package or by v1 (with properties in a `.pkl`).
 * @throws NnUNetError 'missing-file', 'bad-zip', 'bad-cropped-case', 'bad-case-properties', 'bad-pickle', …
 */
export async function readCroppedCase(folder: string, id: string): Promise<CroppedCase> {
  const path = join(folder, `${id}.npz`);
  const properties = await readCaseProperties(join(folder, `${id}.json`));
  const array = (await readNpzFile(path)).get('data');
  const spatial = array?.shape.slice(1).join();
  if (array?.dtype !== 'float32' || array.shape.length !== 4 || spatial !== properties.size_after_cropping.join()) {
    throw new NnUNetError('bad-cropped-case', {
      what: `float32 "data" (modalities + 1, ${properties.size_after_cropping.join(', ')}) expected`,
      where: path,
      remedy: 'Delete the files of this case and crop it again.',
    });
  }
  const [channels, nz, ny, nx] = array.shape as [number, number, number, number];
  const size = nz * ny * nx;
  const channel = (c: number) => (array.data as Float32Array).subarray(c * size, (c + 1) * size);
  return {
    id,
    images: Array.from({ length: channels - 1 }, (_, c) => channel(c)),
    segmentation: channel(channels - 1),
    shape: [nz, ny, nx],
    properties,
  };
}

/** Lists the ids of the cropped cases in a folder, sorted. */
export async function listCroppedCases(folder: string): Promise<string[]> {
  return (await namesIn(folder))
    .filter((file) => file.endsWith('.npz') && !file.startsWith('.'))
    .map((file) => file.slice(0, -4))
    .sort();
}

/** Yields the cropped cases of a folder in alphabetical order, for extracting the fingerprint. */
export async function* readCroppedCases(folder: string, ids?: readonly string[]): AsyncGenerator<CroppedCase> {
  for (const id of ids ?? (await listCroppedCases(folder))) yield await readCroppedCase(folder, id);
}
