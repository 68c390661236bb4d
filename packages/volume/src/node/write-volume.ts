import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import { readFileBytes, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { formatOf, type ImageFormats, shippedFormats } from '../formats.ts';
import type { ImageGeometry } from '../nifti-geometry.ts';
import { splitNifti4D } from '../split-nifti.ts';
import type { Volume } from '../volume.ts';
import { niftiPieces, writeNifti } from '../write-nifti.ts';
import { gunzipNode } from './gunzip-node.ts';

/** Bytes passed to zlib at a time. */
const CHUNK = 2 ** 20;

/**
 * Writes an image file atomically, in the array's own type, compressed if the name ends in .gz. A position that was
 * read from a NIfTI file is preserved bit for bit.
 *
 * @param formats supported formats. Default: NIfTI
 * @throws NnUNetError 'unknown-format', 'disk-full', 'no-access', …, naming the file
 */
export async function writeVolume(
  path: string,
  volume: Volume<TypedArray>,
  formats: ImageFormats = shippedFormats,
): Promise<void> {
  const format = formatOf(path, formats);
  if (!format.write) {
    const remedy = 'Choose a name that ends in .nii.gz.';
    throw new NnUNetError('unknown-format', {
      where: path,
      what: 'has a format that can be read but not written',
      remedy,
    });
  }
  // First what lies beside it, so that an image that is there is whole.
  await format.writeBeside?.(path, volume);
  // NIfTI voxels are written in place, without copying them behind the header.
  if (format.write === writeNifti) await writePieces(path, niftiPieces(volume));
  else await writeImageBytes(path, await format.write(volume));
}

/** Writes a label map (uint8, shape (z, y, x)); see {@link writeVolume}. */
export async function writeLabels(path: string, labels: Uint8Array, geometry: ImageGeometry): Promise<void> {
  await writeVolume(path, { ...geometry, data: labels });
}

/** Writes the bytes of an image atomically, compressed if the name ends in .gz (without a timestamp). */
export async function writeImageBytes(path: string, bytes: Uint8Array): Promise<void> {
  await writePieces(path, [bytes]);
}

async function writePieces(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const gz = path.toLowerCase().endsWith('.gz');
  await writeFileAtomic(path, gz ? gzipped(pieces) : pieces);
}

/** Compresses piece by piece, off the main thread, so the compressed file is never in memory as a whole. */
async function* gzipped(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: 6, chunkSize: 2 ** 18 });
  Readable.from(chunksOf(pieces), { objectMode: false, highWaterMark: 2 * CHUNK }).pipe(gzip);
  yield* gzip as AsyncIterable<Uint8Array>;
}

function* chunksOf(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces)
    for (let at = 0; at < piece.length; at += CHUNK) yield piece.subarray(at, Math.min(piece.length, at + CHUNK));
}

/** Reads a NIfTI file and splits it into one uncompressed NIfTI file per time step; see `splitNifti4D`. */
export async function splitNiftiFile(path: string): Promise<Uint8Array[]> {
  return splitNifti4D(await readFileBytes(path), { where: path, inflate: gunzipNode });
}
