import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { fileError } from '@nnunet/tensor/node/internal';

/** Weights in a checkpoint; momenta and settings do not make another model. */
const WEIGHT = /^weight\./;
/** Greatest head that is read, as in the format's own reader. */
const MAX_HEAD = 100_000_000;
const CHUNK = 1 << 22;

/**
 * SHA-256 in hex of the weights of a checkpoint, with their names and shapes: what tells one trained model from another,
 * also after its momenta were left out or its trainer was renamed.
 *
 * @throws NnUNetError 'missing-file', 'bad-safetensors'
 */
export async function hashWeights(file: string, options: { signal?: AbortSignal } = {}): Promise<string> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw fileError(cause, file);
  }
  try {
    const start = Buffer.alloc(8);
    await fill(handle, start, 0, file);
    const size = Number(start.readBigUInt64LE());
    if (size > MAX_HEAD) throw damaged(file);
    const head = Buffer.alloc(size);
    await fill(handle, head, 8, file);
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(CHUNK);
    for (const [name, { dtype, shape, data_offsets }] of tensorsIn(head, file)) {
      hash.update(`${name} ${dtype} ${shape.join(' ')}\n`);
      const end = 8 + size + data_offsets[1];
      for (let at = 8 + size + data_offsets[0]; at < end; at += CHUNK) {
        options.signal?.throwIfAborted();
        const piece = buffer.subarray(0, Math.min(CHUNK, end - at));
        await fill(handle, piece, at, file);
        hash.update(piece);
      }
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The weights that a file's head lists, by name. */
function tensorsIn(head: Buffer, file: string): [string, Entry][] {
  let entries: Record<string, Entry>;
  try {
    entries = JSON.parse(head.toString('utf8'));
  } catch {
    throw damaged(file);
  }
  const weights = Object.entries(entries).filter(([name]) => WEIGHT.test(name));
  const isWhole = ([, { data_offsets, shape }]: [string, Entry]) =>
    Array.isArray(data_offsets) && Array.isArray(shape) && data_offsets[0] >= 0 && data_offsets[0] <= data_offsets[1];
  if (weights.length === 0 || !weights.every(isWhole)) throw damaged(file);
  return weights.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function fill(handle: FileHandle, into: Buffer, position: number, file: string): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw damaged(file);
    done += bytesRead;
  }
}

function damaged(where: string): NnUNetError {
  return new NnUNetError('bad-safetensors', {
    what: 'is no checkpoint, or a damaged one',
    where,
    remedy: 'Take another copy, or train this fold again.',
  });
}
