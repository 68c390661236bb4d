import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createDeflateRaw, createInflateRaw } from 'node:zlib';
import { crc32 } from '../crc32.ts';
import type { StoredTensor } from '../dtype.ts';
import { npyPieces, type ReadTensor } from '../npy.ts';
import { type NpzReadOptions, readNpzSource } from '../npz.ts';
import { type ZipEntry, type ZipPart, zipChunks } from '../zip.ts';
import { readFully, readPieces, withFile } from './read-file.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** Bytes passed to and returned by zlib at a time. */
const CHUNK = 2 ** 20;

/**
 * Reads the arrays of a .npz file of any size that fits in memory, decompressing it in pieces. Errors as in `readNpz`,
 * and 'missing-file', 'no-access'.
 */
export function readNpzFile(
  path: string,
  options: Omit<NpzReadOptions, 'where'> = {},
): Promise<Map<string, ReadTensor>> {
  return withFile(path, (file, size) => {
    const read = async (at: number, length: number) => {
      const bytes = new Uint8Array(length);
      await readFully(file, path, bytes, at);
      return bytes;
    };
    return readNpzSource({ size, read }, { ...options, where: path }, (entry) => inflated(file, path, entry));
  });
}

async function* inflated(file: FileHandle, path: string, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const stored = readPieces(file, path, { start: entry.start, length: entry.compressedSize });
  if (entry.method === 0) {
    yield* stored;
    return;
  }
  const source = Readable.from(stored, { objectMode: false });
  const inflate = createInflateRaw({ chunkSize: Math.min(Math.max(64, entry.size + 1), CHUNK) });
  source.on('error', (cause) => inflate.destroy(cause));
  source.pipe(inflate);
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
  }
}

/**
 * Writes arrays to a .npz file atomically: deflate, little endian, row-major, fixed timestamps. Arrays are compressed
 * in pieces; zip64 is used if an array, or the archive, reaches 4 GiB.
 *
 * @param level - zlib level, 0 to 9; 6 is NumPy's savez_compressed
 */
export async function writeNpzFile(
  path: string,
  arrays: Readonly<Record<string, StoredTensor>>,
  options: { level?: number } = {},
): Promise<void> {
  const parts: ZipPart[] = [];
  for (const [name, tensor] of Object.entries(arrays)) {
    const { head, pieces, size } = npyPieces(tensor);
    let crc = 0;
    const source = Readable.from(
      (function* () {
        for (const piece of chunksOf([head], pieces)) {
          crc = crc32(piece, crc);
          yield piece;
        }
      })(),
      { objectMode: false },
    );
    const deflate = createDeflateRaw({ level: options.level ?? 6, chunkSize: CHUNK / 4 });
    source.on('error', (cause) => deflate.destroy(cause));
    source.pipe(deflate);
    const compressed: Uint8Array[] = [];
    for await (const chunk of deflate as AsyncIterable<Uint8Array>) compressed.push(chunk);
    parts.push({ name: `${name}.npy`, method: 8, crc, size, compressed });
  }
  await writeFileAtomic(path, zipChunks(parts));
}

function* chunksOf(...lists: Iterable<Uint8Array>[]): Generator<Uint8Array> {
  for (const list of lists)
    for (const piece of list)
      for (let at = 0; at < piece.length; at += CHUNK) yield piece.subarray(at, Math.min(piece.length, at + CHUNK));
}
