import { NnUNetError } from '@nnunet/errors';

/** One file within a zip archive, still compressed. */
export interface ZipEntry {
  readonly name: string;
  /** 0 = stored, 8 = deflate. */
  readonly method: number;
  readonly crc: number;
  /** Bytes once inflated, as the archive says: not yet checked against the content. */
  readonly size: number;
  readonly compressed: Uint8Array;
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
export function readZipEntries(bytes: Uint8Array, where: string, maxBytes: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = findDirectory(view, where);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let total = 0;
  let at = start;
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

    if (offset + 30 > bytes.length || view.getUint32(offset, true) !== LOCAL) throw badZip(where, `has lost ${name}`);
    const data = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    if (!(data + compressedSize <= start)) throw badZip(where, `is cut off within ${name}`);
    const possible = method === 0 ? compressedSize === size : size <= compressedSize * MAX_RATIO + 64;
    if (!possible) throw badZip(where, `says that ${name} has ${size} bytes, which its ${compressedSize} cannot hold`);
    total += size;
    if (total > maxBytes) throw badZip(where, `inflates to more than the ${maxBytes} bytes allowed`);
    entries.push({
      name,
      method,
      crc: view.getUint32(at + 16, true),
      size,
      compressed: bytes.subarray(data, data + compressedSize),
    });
    at = next;
  }
  return entries;
}

function findDirectory(view: DataView, where: string): { count: number; start: number; end: number } {
  const lowest = Math.max(0, view.byteLength - 22 - 65535);
  let at = view.byteLength - 22;
  while (at >= lowest && view.getUint32(at, true) !== END) at--;
  if (at < lowest) throw badZip(where, 'is not a complete zip archive: its directory at the end is missing');
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  let end = at;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR64) {
    const at64 = Number(view.getBigUint64(at - 12, true));
    if (!(at64 + 56 <= at - 20) || view.getUint32(at64, true) !== END64) throw badZip(where, 'has a damaged zip64 end');
    count = Number(view.getBigUint64(at64 + 32, true));
    size = Number(view.getBigUint64(at64 + 40, true));
    start = Number(view.getBigUint64(at64 + 48, true));
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
export type ZipPart = Omit<ZipEntry, 'compressed'> & { readonly compressed: readonly Uint8Array[] };

/**
 * A zip archive as pieces to be written one after the other. Time stamps are fixed (1980-01-01), so that the same
 * content gives the same bytes.
 *
 * @throws NnUNetError 'too-large' for 4 GiB and more
 */
export function zipChunks(parts: readonly ZipPart[], where: string): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = new TextEncoder().encode(part.name);
    const compressedSize = part.compressed.reduce((sum, chunk) => sum + chunk.length, 0);
    if (part.size >= 0xffffffff || offset + compressedSize >= 0xfffffffe) {
      const remedy = 'Store the arrays as separate .npy files.';
      throw new NnUNetError('too-large', { where, what: 'would pass the 4 GiB that a zip archive holds', remedy });
    }
    const central = new Uint8Array(46 + name.length);
    const view = new DataView(central.buffer);
    view.setUint32(0, CENTRAL, true);
    view.setUint16(4, 20, true);
    view.setUint16(6, 20, true);
    view.setUint16(8, 0x800, true); // names are UTF-8
    view.setUint16(10, part.method, true);
    view.setUint16(14, 0x21, true);
    view.setUint32(16, part.crc, true);
    view.setUint32(20, compressedSize, true);
    view.setUint32(24, part.size, true);
    view.setUint16(28, name.length, true);
    view.setUint32(42, offset, true);
    central.set(name, 46);
    // the local head is the central one without its first version and its last fields
    const local = new Uint8Array(30 + name.length);
    local.set(central.subarray(6, 32), 4);
    new DataView(local.buffer).setUint32(0, LOCAL, true);
    local.set(name, 30);
    chunks.push(local, ...part.compressed);
    directory.push(central);
    offset += local.length + compressedSize;
  }
  const size = directory.reduce((sum, chunk) => sum + chunk.length, 0);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, END, true);
  view.setUint16(8, parts.length, true);
  view.setUint16(10, parts.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return [...chunks, ...directory, end];
}
