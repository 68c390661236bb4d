import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { joinPath } from '@nnunet/schema/internal';
import { fileError, readFully, readSafetensorsHead } from '@nnunet/tensor/node/internal';
import { hashFile } from './provenance.ts';

/** A trained model, as named in records. */
export interface ValidatedModel {
  /** File name of the checkpoint in the fold's folder. */
  file: string;
  /** See {@link hashWeights}. */
  sha256: string;
}

/** Weights in a checkpoint; momenta and settings do not distinguish models. */
const WEIGHT = /^weight\./;
const CHUNK = 1 << 22;

/**
 * Returns the SHA-256 in hex of a checkpoint's weights, with their names and shapes. It identifies a trained model,
 * even after its momenta were removed or its trainer was renamed. Of a `.pth` of nnU-Net v2, it is that of the file.
 *
 * @throws NnUNetError 'missing-file', 'bad-safetensors'
 */
export async function hashWeights(file: string, options: { signal?: AbortSignal } = {}): Promise<string> {
  if (file.endsWith('.pth')) return hashFile(file, options);
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw fileError(cause, file);
  }
  try {
    const { head, dataOffset } = await readSafetensorsHead(handle, file);
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(CHUNK);
    for (const [name, { dtype, shape, data_offsets }] of tensorsIn(head, file)) {
      hash.update(`${name} ${dtype} ${shape.join(' ')}\n`);
      const end = dataOffset + data_offsets[1];
      for (let at = dataOffset + data_offsets[0]; at < end; at += CHUNK) {
        options.signal?.throwIfAborted();
        const piece = buffer.subarray(0, Math.min(CHUNK, end - at));
        await readFully(handle, file, piece, at);
        hash.update(piece);
      }
    }
    return hash.digest('hex');
  } catch (cause) {
    throw isNnUNetError(cause, 'cut-off') ? damaged(file) : cause;
  } finally {
    await handle.close();
  }
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Returns the weights listed in a file's header, by name. */
function tensorsIn(head: Record<string, unknown>, file: string): [string, Entry][] {
  const weights = (Object.entries(head) as [string, Entry][]).filter(([name]) => WEIGHT.test(name));
  const isWhole = ([, { data_offsets, shape }]: [string, Entry]) =>
    Array.isArray(data_offsets) && Array.isArray(shape) && data_offsets[0] >= 0 && data_offsets[0] <= data_offsets[1];
  if (weights.length === 0 || !weights.every(isWhole)) throw damaged(file);
  return weights.sort(([a], [b]) => (a < b ? -1 : 1));
}

function damaged(where: string): NnUNetError {
  return new NnUNetError('bad-safetensors', {
    what: 'is not a checkpoint, or is damaged',
    where,
    remedy: 'Use another copy, or train this fold again.',
  });
}

/** Compares the model in a fold's folder with one named in a record: the same, different, or missing. */
export async function compareModel(
  foldFolder: string,
  { file, sha256 }: ValidatedModel,
): Promise<'same' | 'other' | 'gone'> {
  const checkpoint = joinPath(foldFolder, file);
  if (!existsSync(checkpoint)) return 'gone';
  return (await hashWeights(checkpoint)) === sha256 ? 'same' : 'other';
}
