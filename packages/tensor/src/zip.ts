import { NnUNetError } from '@nnunet/errors';
import { concatenate } from './elements.ts';
import {
  CENTRAL,
  END,
  END64,
  LOCAL,
  LOCATOR64,
  readZipDirectory,
  startOf,
  WIDE,
  type ZipMember,
  type ZipSource,
} from './zip-directory.ts';

/** A file in a zip archive, still compressed. */
export interface ZipEntry extends Omit<ZipMember, 'encrypted' | 'headAt'> {
  /** Offset of its compressed bytes. */
  readonly start: number;
}

/** Maximum compression ratio of deflate. */
const MAX_RATIO = 1032;

/** Creates a 'bad-zip' error with a remedy that suits a damaged archive. */
export function badZip(where: string, what: string, cause?: unknown): NnUNetError {
  const remedy = 'The archive is damaged or incomplete. Copy it or make it again.';
  return new NnUNetError('bad-zip', { where, what, remedy, cause });
}

/**
 * Lists the files of a zip archive (including zip64) without decompressing anything. Sizes are checked against the
 * archive's length and deflate's maximum ratio, so that a small file cannot cause a large allocation.
 *
 * @param maxBytes - maximum total decompressed size
 * @throws NnUNetError 'bad-zip'
 */
export async function readZipEntries(source: ZipSource, where: string, maxBytes: number): Promise<ZipEntry[]> {
  const fail = (what: string) => badZip(where, what);
  const { members, directoryStart } = await readZipDirectory(source, fail);
  const entries: ZipEntry[] = [];
  let total = 0;
  for (const { encrypted, headAt, ...member } of members) {
    const { name, method, size, compressedSize } = member;
    if (encrypted) throw fail(`has an encrypted entry ${name}`);
    if (method !== 0 && method !== 8) throw fail(`has ${name} compressed by method ${method}, not deflate`);
    const start = await startOf(source, { name, headAt }, fail);
    if (!(start + compressedSize <= directoryStart)) throw fail(`is cut off within ${name}`);
    const possible = method === 0 ? compressedSize === size : size <= compressedSize * MAX_RATIO + 64;
    if (!possible) throw fail(`says that ${name} has ${size} bytes, which its ${compressedSize} cannot hold`);
    total += size;
    if (total > maxBytes) {
      const what = `inflates to more than the ${maxBytes} bytes allowed`;
      throw new NnUNetError('bad-zip', { where, what, remedy: 'Allow more memory for it, if its origin is trusted.' });
    }
    entries.push({ ...member, start });
  }
  return entries;
}

/** Id of the extra field by which PyTorch aligns files. */
const PADDING = 0x4246;

/** A file to add to an archive, already compressed. */
export interface ZipPart extends Pick<ZipEntry, 'name' | 'method' | 'crc' | 'size'> {
  readonly compressed: readonly Uint8Array[];
}

/** zip64's extra field with the given values; empty if there are none. */
function wideField(numbers: readonly number[]): Uint8Array {
  if (numbers.length === 0) return new Uint8Array();
  const field = new Uint8Array(4 + 8 * numbers.length);
  const view = new DataView(field.buffer);
  view.setUint16(0, 1, true);
  view.setUint16(2, 8 * numbers.length, true);
  numbers.forEach((n, i) => {
    view.setBigUint64(4 + 8 * i, BigInt(n), true);
  });
  return field;
}

/** An extra field without meaning, after which `at` has become a multiple of `align`. */
function padding(at: number, align: number): Uint8Array {
  if (at % align === 0) return new Uint8Array();
  const length = (align - ((at + 4) % align)) % align;
  const field = new Uint8Array(4 + length);
  const view = new DataView(field.buffer);
  view.setUint16(0, PADDING, true);
  view.setUint16(2, length, true);
  return field;
}

/**
 * Encodes a zip archive as pieces to be written in sequence. Timestamps are fixed (1980-01-01), so that the same
 * content yields the same bytes. zip64 is used from 4 GiB.
 *
 * @param align every file starts at a multiple of this many bytes
 */
export function zipChunks(parts: readonly ZipPart[], align = 1): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = new TextEncoder().encode(part.name);
    const compressedSize = part.compressed.reduce((sum, chunk) => sum + chunk.length, 0);
    const further = wideField([part.size, compressedSize, offset].filter((n) => n >= WIDE));
    const large = part.size >= WIDE || compressedSize >= WIDE;
    const sizes = wideField(large ? [part.size, compressedSize] : []);
    const furtherLocal = concatenate([sizes, padding(offset + 30 + name.length + sizes.length, align)]);
    const version = further.length > 0 ? 45 : 20;
    const central = new Uint8Array(46 + name.length + further.length);
    const view = new DataView(central.buffer);
    view.setUint32(0, CENTRAL, true);
    view.setUint16(4, version, true);
    view.setUint16(6, version, true);
    view.setUint16(8, 0x800, true); // Names are UTF-8.
    view.setUint16(10, part.method, true);
    view.setUint16(14, 0x21, true);
    view.setUint32(16, part.crc, true);
    // The local header has both sizes in its extra field, or neither.
    const narrow = (n: number) => Math.min(n, WIDE);
    view.setUint32(20, narrow(compressedSize), true);
    view.setUint32(24, narrow(part.size), true);
    view.setUint16(28, name.length, true);
    view.setUint16(30, further.length, true);
    view.setUint32(42, narrow(offset), true);
    central.set(name, 46);
    central.set(further, 46 + name.length);
    // The local header equals the central one without its first version and its last fields.
    const local = new Uint8Array(30 + name.length + furtherLocal.length);
    local.set(central.subarray(6, 32), 4);
    const localView = new DataView(local.buffer);
    localView.setUint32(0, LOCAL, true);
    if (large) {
      localView.setUint32(18, WIDE, true);
      localView.setUint32(22, WIDE, true);
    }
    localView.setUint16(28, furtherLocal.length, true);
    local.set(name, 30);
    local.set(furtherLocal, 30 + name.length);
    chunks.push(local, ...part.compressed);
    directory.push(central);
    offset += local.length + compressedSize;
  }
  const size = directory.reduce((sum, chunk) => sum + chunk.length, 0);
  return [...chunks, ...directory, ...endOf({ count: parts.length, size, offset })];
}

/** Encodes what follows the directory of `size` bytes at `offset`. */
function endOf({ count, size, offset }: { count: number; size: number; offset: number }): Uint8Array[] {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, END, true);
  view.setUint16(8, Math.min(count, 0xffff), true);
  view.setUint16(10, Math.min(count, 0xffff), true);
  view.setUint32(12, Math.min(size, WIDE), true);
  view.setUint32(16, Math.min(offset, WIDE), true);
  if (count < 0xffff && size < WIDE && offset < WIDE) return [end];
  const end64 = new Uint8Array(56 + 20);
  const view64 = new DataView(end64.buffer);
  view64.setUint32(0, END64, true);
  view64.setBigUint64(4, 44n, true);
  view64.setUint16(12, 45, true);
  view64.setUint16(14, 45, true);
  view64.setBigUint64(24, BigInt(count), true);
  view64.setBigUint64(32, BigInt(count), true);
  view64.setBigUint64(40, BigInt(size), true);
  view64.setBigUint64(48, BigInt(offset), true);
  view64.setUint32(56, LOCATOR64, true);
  view64.setBigUint64(64, BigInt(offset + size), true);
  view64.setUint32(72, 1, true);
  return [end64, end];
}
