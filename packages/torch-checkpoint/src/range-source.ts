import { badCheckpoint } from './bad-checkpoint.ts';

/** A source of byte ranges: a file, a download, an array. */
export interface RangeSource {
  /** Size in bytes. */
  readonly size: number;
  /** File name for errors. */
  readonly name: string;
  /** Reads `length` bytes from offset `start` into memory that the caller may keep and change. */
  readRange(start: number, length: number): Promise<Uint8Array>;
}

/** Creates a source from bytes in memory. */
export function bytesSource(bytes: Uint8Array, name = 'checkpoint'): RangeSource {
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: plain.length,
    name,
    readRange: async (start, length) => plain.slice(start, start + length),
  };
}

/** Like `readRange`, but checks that the range lies within the source. */
export async function readChecked(source: RangeSource, start: number, length: number): Promise<Uint8Array> {
  if (!(start >= 0 && length >= 0 && start + length <= source.size)) {
    throw badCheckpoint(source.name, `is cut off: it ends at byte ${source.size}, before byte ${start + length}`);
  }
  const bytes = await source.readRange(start, length);
  if (bytes.length !== length) throw badCheckpoint(source.name, 'ended while being read');
  return bytes;
}
