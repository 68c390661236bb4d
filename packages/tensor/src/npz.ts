import { deflateSync, inflateSync } from 'fflate';
import { crc32 } from './crc32.ts';
import type { StoredTensor } from './dtype.ts';
import { concatenate } from './elements.ts';
import { encodeNpy, NpySink, type ReadTensor } from './npy.ts';
import { badZip, readZipEntries, type ZipEntry, type ZipPart, zipChunks } from './zip.ts';
import type { ZipSource } from './zip-directory.ts';

/** Default limit of the decompressed size: 16 GiB, the longest array of numbers. */
export const MAX_NPZ_BYTES = 2 ** 34;

export interface NpzReadOptions {
  /** File name for error messages. */
  where?: string;
  /** Maximum total decompressed size in bytes. */
  maxBytes?: number;
  /** Names of the arrays to read. Default: all. */
  only?: readonly string[];
}

/**
 * Reads all arrays of a .npz archive, as written by numpy.savez and savez_compressed, by their names without '.npy'.
 *
 * @throws NnUNetError 'bad-zip' (damaged, truncated, wrong checksum, larger than allowed) or 'bad-npy'
 */
export async function readNpz(bytes: Uint8Array, options: NpzReadOptions = {}): Promise<Map<string, ReadTensor>> {
  const source = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
  return readNpzSource(source, options, async function* (entry) {
    const compressed = bytes.subarray(entry.start, entry.start + entry.compressedSize);
    yield entry.method === 0 ? compressed : inflateSync(compressed, { out: new Uint8Array(entry.size) });
  });
}

/**
 * Reads an archive whose entries `inflate` decompresses in pieces, so that no entry is held in addition to its array.
 */
export async function readNpzSource(
  source: ZipSource,
  { where = '.npz data', maxBytes = MAX_NPZ_BYTES, only }: NpzReadOptions,
  inflate: (entry: ZipEntry) => AsyncIterable<Uint8Array>,
): Promise<Map<string, ReadTensor>> {
  const arrays = new Map<string, ReadTensor>();
  for (const entry of await readZipEntries(source, where, maxBytes)) {
    const name = entry.name.slice(0, -4);
    if (!entry.name.endsWith('.npy') || (only && !only.includes(name))) continue;
    arrays.set(name, await readEntry(entry, where, inflate(entry)));
  }
  return arrays;
}

/** Length and checksum are verified before errors within the array are reported. */
async function readEntry(entry: ZipEntry, where: string, pieces: AsyncIterable<Uint8Array>): Promise<ReadTensor> {
  const sink = new NpySink(entry.size, `${where}(${entry.name})`);
  let [size, crc] = [0, 0];
  let wrong: { cause: unknown } | undefined;
  try {
    for await (const piece of pieces) {
      size += piece.length;
      if (size > entry.size) break;
      crc = crc32(piece, crc);
      try {
        if (!wrong) sink.add(piece);
      } catch (cause) {
        wrong = { cause };
      }
    }
  } catch (cause) {
    throw badZip(where, `has a damaged entry ${entry.name}`, cause);
  }
  if (size !== entry.size) {
    const found = size > entry.size ? 'more' : `${size}`;
    throw badZip(where, `has ${found} bytes in ${entry.name} instead of ${entry.size}`);
  }
  if (crc !== entry.crc) throw badZip(where, `has a wrong checksum for ${entry.name}`);
  if (wrong) throw wrong.cause;
  return sink.finish();
}

/** Encodes arrays as a .npz archive (deflate, little endian, row-major, fixed timestamps). */
export async function writeNpz(arrays: Readonly<Record<string, StoredTensor>>): Promise<Uint8Array> {
  const parts: ZipPart[] = [];
  for (const [name, tensor] of Object.entries(arrays)) {
    const npy = encodeNpy(tensor);
    const compressed = [deflateSync(npy, { level: 6 })];
    parts.push({ name: `${name}.npy`, method: 8, crc: crc32(npy), size: npy.length, compressed });
  }
  return concatenate(zipChunks(parts));
}
