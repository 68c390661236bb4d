import { NnUNetError } from '@nnunet/errors';

/** One file within a zip archive, still compressed. */
export interface ZipEntry {
  readonly name: string;
  /** 0 = stored, 8 = deflate. */
  readonly method: number;
  readonly crc: number;
  /** Bytes once inflated, as the archive says: not yet checked against the content. */
  readonly size: number;
  /** Where its compressed bytes lie. */
  readonly start: number;
  readonly compressedSize: number;
}

/** An archive, of any size. */
export interface ZipSource {
  readonly size: number;
  /** Bytes that exist. */
  read(at: number, length: number): Promise<Uint8Array>;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
/** Deflate cannot shrink by more than this. */
const MAX_RATIO = 1032;

/** 'bad-zip' with a remedy that suits a damaged archive. */
export function badZip(where: string, what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-zip', {
    where,
    what,
    remedy: 'The archive is damaged or incomplete: copy or make it again.',
    cause,
  });
}

/**
 * Lists the files of a zip archive from its central directory (zip64 too), without inflating anything. Sizes are
 * checked against the archive's length and deflate's greatest ratio, so that a small file cannot ask for much memory.
 *
 * @param maxBytes - greatest sum of inflated sizes
 * @throws NnUNetError 'bad-zip'
 */
export async function readZipEntries(source: ZipSource, where: string, maxBytes: number): Promise<ZipEntry[]> {
  const { count, start: directoryStart, end: directoryEnd } = await findDirectory(source, where);
  const bytes = await source.read(directoryStart, directoryEnd - directoryStart);
  const view = viewOf(bytes);
  const end = bytes.length;
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let total = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw badZip(where, 'has a damaged zip directory');
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > end) throw badZip(where, 'has a damaged zip directory');
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const fields = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    widen(view, at + 46 + nameLength, extraLength, fields);
    const [size, compressedSize, offset] = fields;
    if (flags & 1) throw badZip(where, `has an encrypted entry ${name}`);
    if (method !== 0 && method !== 8) throw badZip(where, `has ${name} compressed by method ${method}, not deflate`);
    if (names.has(name)) throw badZip(where, `has two entries ${name}`);
    names.add(name);

    const local = offset + 30 > source.size ? undefined : viewOf(await source.read(offset, 30));
    if (local?.getUint32(0, true) !== LOCAL) throw badZip(where, `has lost ${name}`);
    const data = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (!(data + compressedSize <= directoryStart)) throw badZip(where, `is cut off within ${name}`);
    const possible = method === 0 ? compressedSize === size : size <= compressedSize * MAX_RATIO + 64;
    if (!possible) throw badZip(where, `says that ${name} has ${size} bytes, which its ${compressedSize} cannot hold`);
    total += size;
    if (total > maxBytes) throw badZip(where, `inflates to more than the ${maxBytes} bytes allowed`);
    entries.push({
      name,
      method,
      crc: view.getUint32(at + 16, true),
      size,
      start: data,
      compressedSize,
    });
    at = next;
  }
  return entries;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function findDirectory(source: ZipSource, where: string): Promise<{ count: number; start: number; end: number }> {
  // the end with the longest comment, and zip64's locator before it
  const tail = Math.min(source.size, 20 + 22 + 65535);
  const before = source.size - tail;
  const view = viewOf(await source.read(before, tail));
  const lowest = Math.max(0, tail - 22 - 65535);
  let at = tail - 22;
  while (at >= lowest && view.getUint32(at, true) !== END) at--;
  if (at < lowest) throw badZip(where, 'is not a complete zip archive: its directory at the end is missing');
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  let end = before + at;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR64) {
    const at64 = Number(view.getBigUint64(at - 12, true));
    const end64 = at64 + 56 <= before + at - 20 ? viewOf(await source.read(at64, 56)) : undefined;
    if (end64?.getUint32(0, true) !== END64) throw badZip(where, 'has a damaged zip64 end');
    count = Number(end64.getBigUint64(32, true));
    size = Number(end64.getBigUint64(40, true));
    start = Number(end64.getBigUint64(48, true));
    end = at64;
  }
  if (!(start + size <= end) || count * 46 > size) throw badZip(where, 'has a damaged zip directory');
  return { count, start, end: start + size };
}

/** Replaces the fields that are 0xffffffff by those of the zip64 extra field, in their fixed order. */
function widen(view: DataView, at: number, length: number, fields: number[]): void {
  const end = at + length;
  while (at + 4 <= end) {
    const id = view.getUint16(at, true);
    const size = view.getUint16(at + 2, true);
    if (id === 1) {
      let p = at + 4;
      const stop = Math.min(end, p + size);
      for (let k = 0; k < fields.length; k++) {
        if (fields[k] !== 0xffffffff || p + 8 > stop) continue;
        fields[k] = Number(view.getBigUint64(p, true));
        p += 8;
      }
      return;
    }
    at += 4 + size;
  }
}

/** One file to put into an archive, already compressed. */
export interface ZipPart extends Pick<ZipEntry, 'name' | 'method' | 'crc' | 'size'> {
  readonly compressed: readonly Uint8Array[];
}

/** Numbers from this one on stand in the further fields of zip64. */
const WIDE = 0xffffffff;

/** zip64's further field with some numbers; nothing where there are none. */
function wideField(numbers: readonly number[]): Uint8Array {
  if (numbers.length === 0) return new Uint8Array();
  const field = new Uint8Array(4 + 8 * numbers.length);
  const view = viewOf(field);
  view.setUint16(0, 1, true);
  view.setUint16(2, 8 * numbers.length, true);
  numbers.forEach((n, i) => {
    view.setBigUint64(4 + 8 * i, BigInt(n), true);
  });
  return field;
}

/**
 * A zip archive as pieces to be written one after the other. Time stamps are fixed (1980-01-01), so that the same
 * content gives the same bytes. What is of 4 GiB and more is written as zip64.
 */
export function zipChunks(parts: readonly ZipPart[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = new TextEncoder().encode(part.name);
    const compressedSize = part.compressed.reduce((sum, chunk) => sum + chunk.length, 0);
    const further = wideField([part.size, compressedSize, offset].filter((n) => n >= WIDE));
    const large = part.size >= WIDE || compressedSize >= WIDE;
    const furtherLocal = wideField(large ? [part.size, compressedSize] : []);
    const version = further.length > 0 ? 45 : 20;
    const central = new Uint8Array(46 + name.length + further.length);
    const view = viewOf(central);
    view.setUint32(0, CENTRAL, true);
    view.setUint16(4, version, true);
    view.setUint16(6, version, true);
    view.setUint16(8, 0x800, true); // names are UTF-8
    view.setUint16(10, part.method, true);
    view.setUint16(14, 0x21, true);
    view.setUint32(16, part.crc, true);
    // the local head has both sizes in its further field, or none
    const narrow = (n: number) => Math.min(n, WIDE);
    view.setUint32(20, narrow(compressedSize), true);
    view.setUint32(24, narrow(part.size), true);
    view.setUint16(28, name.length, true);
    view.setUint16(30, further.length, true);
    view.setUint32(42, narrow(offset), true);
    central.set(name, 46);
    central.set(further, 46 + name.length);
    // the local head is the central one without its first version and its last fields
    const local = new Uint8Array(30 + name.length + furtherLocal.length);
    local.set(central.subarray(6, 32), 4);
    const localView = viewOf(local);
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

/** What follows the directory of `size` bytes at `offset`. */
function endOf({ count, size, offset }: { count: number; size: number; offset: number }): Uint8Array[] {
  const end = new Uint8Array(22);
  const view = viewOf(end);
  view.setUint32(0, END, true);
  view.setUint16(8, Math.min(count, 0xffff), true);
  view.setUint16(10, Math.min(count, 0xffff), true);
  view.setUint32(12, Math.min(size, WIDE), true);
  view.setUint32(16, Math.min(offset, WIDE), true);
  if (count < 0xffff && size < WIDE && offset < WIDE) return [end];
  const end64 = new Uint8Array(56 + 20);
  const view64 = viewOf(end64);
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
