import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { crc32 } from '../crc32.ts';
import type { StoredTensor } from '../dtype.ts';
import { npyChunks, type ReadTensor } from '../npy.ts';
import { decodeNpzEntries, MAX_NPZ_BYTES, type NpzReadOptions } from '../npz.ts';
import { readZipEntries, type ZipPart, zipChunks } from '../zip.ts';
import { readFileBytes } from './read-file.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

const inflate = promisify(inflateRaw);
const deflate = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

/** Reads all arrays of a .npz file. Errors as `readNpz`, and 'missing-file', 'no-access'. */
export async function readNpzFile(
  path: string,
  options: Omit<NpzReadOptions, 'where'> = {},
): Promise<Map<string, ReadTensor>> {
  const entries = readZipEntries(await readFileBytes(path), path, options.maxBytes ?? MAX_NPZ_BYTES);
  return decodeNpzEntries(entries, path, async (entry) =>
    inflate(entry.compressed, { maxOutputLength: Math.max(1, entry.size), chunkSize: chunkSize(entry.size) }),
  );
}

/** zlib collects its output in pieces of this size; one piece needs no copy. */
function chunkSize(size: number): number {
  return Math.min(Math.max(64, size + 1), 2 ** 28);
}

/**
 * Writes arrays as a .npz file, atomically: deflate, little endian, row-major, fixed time stamps.
 *
 * @param level - zlib's, 0 to 9; 6 is NumPy's savez_compressed
 */
export async function writeNpzFile(
  path: string,
  arrays: Readonly<Record<string, StoredTensor>>,
  options: { level?: number } = {},
): Promise<void> {
  const parts: ZipPart[] = [];
  for (const [name, tensor] of Object.entries(arrays)) {
    const npy = Buffer.concat(npyChunks(tensor));
    const compressed = [await deflate(npy, { level: options.level ?? 6 })];
    parts.push({ name: `${name}.npy`, method: 8, crc: crc32(npy), size: npy.length, compressed });
  }
  await writeFileAtomic(path, zipChunks(parts, path));
}
