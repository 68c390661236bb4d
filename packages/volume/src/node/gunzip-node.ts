import { Readable } from 'node:stream';
import { createGunzip, createInflateRaw } from 'node:zlib';

/** Bytes passed to zlib at a time: it does not accept more than 4 GiB. */
const CHUNK = 2 ** 20;

/** Flag bits of a gzip member (RFC 1952), and the lengths of what precedes and follows its compressed data. */
const [HEADER_CHECK, EXTRA, NAME, COMMENT] = [2, 4, 8, 16];
const [FIXED_HEADER, TRAILER] = [10, 8];

/**
 * Decompresses with zlib, piece by piece, off the main thread. Extra bytes after the compressed data are ignored, as in
 * gzip itself and in zlib's gzread, which ITK uses.
 */
export async function* gunzipNode(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  let given = 0;
  try {
    for await (const piece of inflate(bytes)) {
      given += piece.length;
      yield piece;
    }
  } catch (cause) {
    // zlib then withholds its last piece: decompress the valid part again, and skip what was already returned.
    const end = await endOfGzip(bytes);
    if (end === 0 || end === bytes.length) throw cause;
    for await (const piece of inflate(bytes.subarray(0, end))) {
      const known = Math.min(given, piece.length);
      given -= known;
      if (known < piece.length) yield piece.subarray(known);
    }
  }
}

async function* inflate(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: CHUNK });
  const source = Readable.from(chunksOf(bytes), { objectMode: false });
  source.pipe(stream);
  try {
    yield* stream;
  } finally {
    source.destroy();
  }
}

/** Returns where the gzip members at the start of a file end; 0 if one is damaged or truncated. */
async function endOfGzip(bytes: Uint8Array): Promise<number> {
  let end = 0;
  while (bytes[end] === 0x1f && bytes[end + 1] === 0x8b) {
    const stream = createInflateRaw({ chunkSize: CHUNK });
    const start = end + headerLength(bytes.subarray(end));
    const source = Readable.from(chunksOf(bytes.subarray(start)), { objectMode: false });
    source.pipe(stream);
    try {
      for await (const _ of stream);
    } catch {
      return 0;
    } finally {
      source.destroy();
    }
    const next = start + stream.bytesWritten + TRAILER;
    if (next > bytes.length) return 0;
    end = next;
  }
  return end;
}

function headerLength(bytes: Uint8Array): number {
  const flags = bytes[3]!;
  let at = FIXED_HEADER;
  if (flags & EXTRA) at += 2 + bytes[at]! + 256 * bytes[at + 1]!;
  for (const text of [NAME, COMMENT]) if (flags & text) at = bytes.indexOf(0, at) + 1 || bytes.length;
  return at + (flags & HEADER_CHECK ? 2 : 0);
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
