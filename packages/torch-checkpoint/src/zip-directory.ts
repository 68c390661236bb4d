import { badCheckpoint } from './bad-checkpoint.ts';
import { type RangeSource, readChecked } from './range-source.ts';

/** A file within an archive, as the archive's directory describes it. */
export interface CheckpointEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** 0 where the writer did not compute it. */
  readonly crc: number;
  /** Byte of the entry's head. */
  readonly headAt: number;
  /** Why it cannot be read, or null. */
  readonly refusal: string | null;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const NONE32 = 0xffffffff;
/** Greatest directory that is read. */
const MAX_DIRECTORY = 2 ** 26;

/**
 * Lists the entries of a zip archive (zip64 too) from the directory at its end. Sizes and places are checked against
 * the archive.
 * @throws NnUNetError 'bad-checkpoint'
 */
export async function readZipDirectory(source: RangeSource): Promise<Map<string, CheckpointEntry>> {
  const { count, start, size } = await findDirectory(source);
  const where = source.name;
  const damaged = () => badCheckpoint(where, 'has a damaged zip directory');
  if (size > MAX_DIRECTORY) throw badCheckpoint(where, `has a zip directory of ${size} bytes`);
  const bytes = await readChecked(source, start, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = new TextDecoder();
  const entries = new Map<string, CheckpointEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL) throw damaged();
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > size) throw damaged();
    const name = names.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const fields = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    widen(view, at + 46 + nameLength, extraLength, fields);
    const [full, stored, headAt] = fields as [number, number, number];
    if (!(headAt + 30 + stored <= start)) throw badCheckpoint(where, `has an entry ${name} that lies outside`);
    if (entries.has(name)) throw badCheckpoint(where, `has two entries ${name}`);
    let refusal: string | null = null;
    if (flags & 1) refusal = 'is encrypted';
    else if (method !== 0 || full !== stored) refusal = 'is compressed, which PyTorch does not do';
    entries.set(name, { name, size: stored, crc: view.getUint32(at + 16, true), headAt, refusal });
    at = next;
  }
  return entries;
}

/** Byte of an entry's content. */
export async function locateEntry(source: RangeSource, entry: CheckpointEntry): Promise<number> {
  if (entry.refusal !== null) throw badCheckpoint(source.name, `its entry ${entry.name} ${entry.refusal}`);
  const head = await readChecked(source, entry.headAt, 30);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const content = entry.headAt + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (view.getUint32(0, true) !== LOCAL || content + entry.size > source.size) {
    throw badCheckpoint(source.name, `has lost its entry ${entry.name}`);
  }
  return content;
}

interface DirectoryPlace {
  count: number;
  start: number;
  size: number;
}

async function findDirectory(source: RangeSource): Promise<DirectoryPlace> {
  // the end with the longest comment, and zip64's locator before it
  const tailLength = Math.min(source.size, 20 + 22 + 65535);
  const tailStart = source.size - tailLength;
  const tail = await readChecked(source, tailStart, tailLength);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const lowest = Math.max(0, tailLength - 22 - 65535);
  let at = tailLength - 22;
  while (at >= lowest && view.getUint32(at, true) !== END) at--;
  if (at < lowest)
    throw badCheckpoint(source.name, 'is cut off: the directory at the end of its zip archive is missing');
  let place: DirectoryPlace = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  };
  let end = tailStart + at;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR64) {
    end = Number(view.getBigUint64(at - 12, true));
    const wide = await readChecked(source, end, 56);
    const view64 = new DataView(wide.buffer, wide.byteOffset, wide.byteLength);
    if (view64.getUint32(0, true) !== END64) throw badCheckpoint(source.name, 'has a damaged zip64 directory');
    place = {
      count: Number(view64.getBigUint64(32, true)),
      size: Number(view64.getBigUint64(40, true)),
      start: Number(view64.getBigUint64(48, true)),
    };
  }
  if (!(place.start + place.size <= end) || place.count * 46 > place.size) {
    throw badCheckpoint(source.name, 'has a damaged zip directory');
  }
  return place;
}

/** Replaces the fields that are 0xffffffff by those of the zip64 extra field, in their fixed order. */
function widen(view: DataView, from: number, length: number, fields: number[]): void {
  const end = from + length;
  for (let at = from; at + 4 <= end; ) {
    const size = view.getUint16(at + 2, true);
    const stop = at + 4 + size;
    if (view.getUint16(at, true) === 1 && stop <= end) {
      let p = at + 4;
      for (let k = 0; k < fields.length; k++) {
        if (fields[k] !== NONE32 || p + 8 > stop) continue;
        fields[k] = Number(view.getBigUint64(p, true));
        p += 8;
      }
      return;
    }
    at = stop;
  }
}
