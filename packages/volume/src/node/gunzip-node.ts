import { constants, createGunzip } from 'node:zlib';

/**
 * Inflates with zlib, piece by piece, off the main thread.
 *
 * @param part - `bytes` are only the start of a file: their end is no error
 */
export async function* gunzipNode(bytes: Uint8Array, part = false): AsyncGenerator<Uint8Array> {
  const stream = createGunzip(part ? { finishFlush: constants.Z_SYNC_FLUSH } : { chunkSize: 1 << 20 });
  stream.end(bytes);
  yield* stream;
}
