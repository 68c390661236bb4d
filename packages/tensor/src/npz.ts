import { deflateSync, inflateSync } from 'fflate';
import { crc32 } from './crc32.ts';
import type { StoredTensor } from './dtype.ts';
import { decodeNpy, npyChunks, type ReadTensor } from './npy.ts';
import { badZip, readZipEntries, type ZipEntry, type ZipPart, zipChunks } from './zip.ts';

/** Greatest inflated size that a reader accepts when nothing else is asked: 4 GiB. */
export const MAX_NPZ_BYTES = 2 ** 32;

export interface NpzReadOptions {
  /** File name for messages. */
  where?: string;
  /** Greatest sum of inflated sizes, in bytes. */
  maxBytes?: number;
}

/**
 * Reads all arrays of a .npz archive, as numpy.savez and savez_compressed write them, by their names without '.npy'.
 *
 * @throws NnUNetError 'bad-zip' (damaged, cut off, wrong check sum, larger than allowed) or 'bad-npy'
 */
export async function readNpz(bytes: Uint8Array, options: NpzReadOptions = {}): Promise<Map<string, ReadTensor>> {
  const { where = '.npz data', maxBytes = MAX_NPZ_BYTES } = options;
  return decodeNpzEntries(readZipEntries(bytes, where, maxBytes), where, async (entry) =>
    inflateSync(entry.compressed, { out: new Uint8Array(entry.size) }),
  );
}

/** Inflates each entry by `inflate`, checks length and check sum, and decodes its array. */
export async function decodeNpzEntries(
  entries: readonly ZipEntry[],
  where: string,
  inflate: (entry: ZipEntry) => Promise<Uint8Array>,
): Promise<Map<string, ReadTensor>> {
  const arrays = new Map<string, ReadTensor>();
  for (const entry of entries) {
    if (!entry.name.endsWith('.npy')) continue;
    const bytes = await inflateChecked(entry, where, inflate);
    arrays.set(entry.name.slice(0, -4), decodeNpy(bytes, `${where}(${entry.name})`));
  }
  return arrays;
}

async function inflateChecked(
  entry: ZipEntry,
  where: string,
  inflate: (entry: ZipEntry) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  // stored arrays are copied: the archive's bytes need not live as long as one array
  let bytes = entry.compressed;
  try {
    bytes = entry.method === 0 ? new Uint8Array(bytes) : await inflate(entry);
  } catch (cause) {
    throw badZip(where, `has a damaged entry ${entry.name}`, cause);
  }
  if (bytes.length !== entry.size)
    throw badZip(where, `has ${bytes.length} bytes in ${entry.name} instead of ${entry.size}`);
  if (crc32(bytes) !== entry.crc) throw badZip(where, `has a wrong check sum for ${entry.name}`);
  return bytes;
}

/** Writes arrays as a .npz archive (deflate, little endian, row-major, fixed time stamps). */
export async function writeNpz(arrays: Readonly<Record<string, StoredTensor>>): Promise<Uint8Array> {
  const parts: ZipPart[] = [];
  for (const [name, tensor] of Object.entries(arrays)) {
    const npy = concatenate(npyChunks(tensor));
    const compressed = [deflateSync(npy, { level: 6 })];
    parts.push({ name: `${name}.npy`, method: 8, crc: crc32(npy), size: npy.length, compressed });
  }
  return concatenate(zipChunks(parts, '.npz data'));
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
