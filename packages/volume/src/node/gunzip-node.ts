import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';

/** Bytes given to zlib at once: it does not take more than 4 GiB. */
const CHUNK = 2 ** 20;

/**
 * Inflates with zlib, piece by piece, off the main thread.
 *
 * @param part - `bytes` are only the start of a file: their end is no error
 */
export async function* gunzipNode(bytes: Uint8Array, part = false): AsyncGenerator<Uint8Array> {
  const stream = createGunzip(part ? { finishFlush: constants.Z_SYNC_FLUSH } : { chunkSize: CHUNK });
  const source = Readable.from(chunksOf(bytes), { objectMode: false });
  source.pipe(stream);
  try {
    yield* stream;
  } finally {
    source.destroy();
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
