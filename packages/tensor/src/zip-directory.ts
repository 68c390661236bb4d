/** An archive of any size. */
export interface ZipSource {
  readonly size: number;
  /** Reads bytes that are known to exist. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** A file in a zip archive as described by the archive's directory; its content is not checked. */
export interface ZipMember {
  readonly name: string;
  readonly encrypted: boolean;
  /** 0 = stored, 8 = deflate. */
  readonly method: number;
  /** 0 if the writer did not compute it. */
  readonly crc: number;
  /** Decompressed size in bytes. */
  readonly size: number;
  readonly compressedSize: number;
  /** Offset of the local header before its content. */
  readonly headAt: number;
}

/** Creates the reader's own kind of error; `what` follows the file name. */
type Fail = (what: string) => Error;

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const END64 = 0x06064b50;
export const LOCATOR64 = 0x07064b50;
/** Values from this one on are stored in zip64's extra field. */
export const WIDE = 0xffffffff;
/** Maximum size of a directory. */
const MAX_DIRECTORY = 2 ** 26;

/**
 * Lists the files of a zip archive (including zip64) from the directory at its end.
 * @throws the result of `fail`
 */
export async function readZipDirectory(
  source: ZipSource,
  fail: Fail,
): Promise<{ members: ZipMember[]; directoryStart: number }> {
  const { count, start, size: length } = await findDirectory(source, fail);
  if (length > MAX_DIRECTORY) throw fail(`has a zip directory of ${length} bytes`);
  const bytes = await source.read(start, length);
  const view = viewOf(bytes);
  const members = new Map<string, ZipMember>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || view.getUint32(at, true) !== CENTRAL) throw fail('has a damaged zip directory');
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extraAt = at + 46 + nameLength;
    const next = extraAt + extraLength + view.getUint16(at + 32, true);
    if (next > length) throw fail('has a damaged zip directory');
    const name = new TextDecoder().decode(bytes.subarray(at + 46, extraAt));
    if (members.has(name)) throw fail(`has two entries ${name}`);
    const wide = wideNumbers(view, extraAt, extraLength);
    const number = (offset: number) => {
      const narrow = view.getUint32(at + offset, true);
      return narrow === WIDE ? (wide.shift() ?? narrow) : narrow;
    };
    // In the order of zip64's extra field.
    const [size, compressedSize, headAt] = [number(24), number(20), number(42)];
    const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
    const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    members.set(name, { name, encrypted, method, crc, size, compressedSize, headAt });
    at = next;
  }
  return { members: [...members.values()], directoryStart: start };
}

/** Returns the offset of a file's content, after its local header. */
export async function startOf(
  source: ZipSource,
  { name, headAt }: Pick<ZipMember, 'name' | 'headAt'>,
  fail: Fail,
): Promise<number> {
  const head = headAt + 30 > source.size ? undefined : viewOf(await source.read(headAt, 30));
  if (head?.getUint32(0, true) !== LOCAL) throw fail(`has lost its entry ${name}`);
  return headAt + 30 + head.getUint16(26, true) + head.getUint16(28, true);
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function findDirectory(source: ZipSource, fail: Fail): Promise<{ count: number; start: number; size: number }> {
  // The end record with the longest comment, and zip64's locator before it.
  const tail = Math.min(source.size, 20 + 22 + 65535);
  const before = source.size - tail;
  const view = viewOf(await source.read(before, tail));
  const lowest = Math.max(0, tail - 22 - 65535);
  let at = tail - 22;
  while (at >= lowest && view.getUint32(at, true) !== END) at--;
  if (at < lowest) throw fail('is not a complete zip archive: its directory at the end is missing');
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  let end = before + at;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR64) {
    end = Number(view.getBigUint64(at - 12, true));
    const end64 = end + 56 <= before + at - 20 ? viewOf(await source.read(end, 56)) : undefined;
    if (end64?.getUint32(0, true) !== END64) throw fail('has a damaged zip64 end');
    count = Number(end64.getBigUint64(32, true));
    size = Number(end64.getBigUint64(40, true));
    start = Number(end64.getBigUint64(48, true));
  }
  if (!(start + size <= end) || count * 46 > size) throw fail('has a damaged zip directory');
  return { count, start, size };
}

/** The values of zip64's extra field, which replace those that are 0xffffffff. */
function wideNumbers(view: DataView, from: number, length: number): number[] {
  const end = from + length;
  for (let at = from; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const count = Math.floor(Math.min(view.getUint16(at + 2, true), end - at - 4) / 8);
    return Array.from({ length: count }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
  }
  return [];
}
