/** Inflated pieces of gzip bytes, or the bytes themselves where they are not compressed. */
export type Inflate = (bytes: Uint8Array) => AsyncIterable<Uint8Array>;

/** True for the first two bytes of a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Inflates with the platform's DecompressionStream, piece by piece. */
export async function* gunzipPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  // errors of the writing side show up on the reading side too
  const written = writer
    .write(bytes as Uint8Array<ArrayBuffer>)
    .then(() => writer.close())
    .catch(() => undefined);
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await written;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
