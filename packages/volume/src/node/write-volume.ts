import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import { readFileBytes, writeFileAtomic } from '@nnunet/tensor/node';
import { formatOf } from '../formats.ts';
import type { ImageGeometry } from '../nifti-geometry.ts';
import { splitNifti4D } from '../split-nifti.ts';
import type { Volume } from '../volume.ts';
import { gunzipNode } from './gunzip-node.ts';

const compress = promisify<Uint8Array, { level: number }, Uint8Array>(gzip);

/**
 * Writes an image file atomically, in the array's own type, compressed where the name ends in .gz. The position is kept
 * bit for bit where it came from a NIfTI file.
 *
 * @throws NnUNetError 'unknown-format', 'disk-full', 'no-access', …, naming the file
 */
export async function writeVolume(path: string, volume: Volume<TypedArray>): Promise<void> {
  const format = formatOf(path);
  if (!format.write) {
    const remedy = 'Choose a name that ends in .nii.gz.';
    throw new NnUNetError('unknown-format', { where: path, what: 'is of a format that is only read', remedy });
  }
  await writeImageBytes(path, await format.write(volume));
}

/** Writes a label map (uint8, shape (z, y, x)); see {@link writeVolume}. */
export async function writeLabels(path: string, labels: Uint8Array, geometry: ImageGeometry): Promise<void> {
  await writeVolume(path, { ...geometry, data: labels });
}

/** Writes the bytes of an image atomically, compressed where the name ends in .gz (without a time stamp). */
export async function writeImageBytes(path: string, bytes: Uint8Array): Promise<void> {
  const gz = path.toLowerCase().endsWith('.gz');
  await writeFileAtomic(path, gz ? await compress(bytes, { level: 6 }) : bytes);
}

/** Reads a NIfTI file and splits it into one uncompressed NIfTI file per time step; see `splitNifti4D`. */
export async function splitNiftiFile(path: string): Promise<Uint8Array[]> {
  return splitNifti4D(await readFileBytes(path), { where: path, inflate: gunzipNode });
}
