import { createGunzip } from 'node:zlib';

/** Inflates with zlib, piece by piece, off the main thread. */
export async function* gunzipNode(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: 1 << 20 });
  stream.end(bytes);
  yield* stream;
}
