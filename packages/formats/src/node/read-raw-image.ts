import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createUnzip } from 'node:zlib';
import type { TypedArray } from '@nnunet/tensor';
import { fileError, readFileBytes } from '@nnunet/tensor/node/internal';
import type { Volume } from '@nnunet/volume';
import { decodeRawImage } from '../raw-image.ts';

/**
 * Reads an NRRD or MetaImage file with its files of voxels, in their stored type.
 *
 * @throws NnUNetError 'bad-image', 'missing-file' naming the missing file, 'no-access'
 */
export async function readRawImage(kind: 'nrrd' | 'meta', path: string): Promise<Volume<TypedArray>> {
  const beside = (name: string) => join(dirname(path), name);
  return decodeRawImage(kind, await readFileBytes(path), path, {
    bytesOf: (name) => readFileBytes(beside(name)),
    sizeOf: (name) => sizeOfFile(beside(name)),
    nameOf: beside,
    unpack,
  });
}

async function sizeOfFile(file: string): Promise<number> {
  try {
    await lstat(file);
    return (await stat(file)).size;
  } catch (cause) {
    throw fileError(cause, file);
  }
}

async function* unpack(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const stream = createUnzip({ chunkSize: 2 ** 20 });
  stream.end(bytes);
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } finally {
    stream.destroy();
  }
}
