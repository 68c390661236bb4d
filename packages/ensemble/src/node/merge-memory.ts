import { type FileHandle, open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { spareMemory } from '@nnunet/threads/node/internal';

/** In multiples of the stored half floats: file, array, and the member and the sum in single precision. */
const COPIES = 6;
/** Length in bytes of a zip entry's header, up to its name. */
const HEADER = 30;

/**
 * Estimates the bytes needed to merge a case from the size stated in its first member's archive; 0 if none is stated.
 */
export async function mergeMemory(npzFile: string): Promise<number> {
  let file: FileHandle | undefined;
  try {
    file = await open(npzFile, 'r');
    const start = new Uint8Array(4096);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return COPIES * entrySize(new DataView(start.buffer, 0, bytesRead));
  } catch {
    // Reading the whole file will report the error.
    return 0;
  } finally {
    await file?.close();
  }
}

/** Returns the uncompressed size of the first entry of a zip file. */
function entrySize(zip: DataView): number {
  if (zip.byteLength < HEADER || zip.getUint32(0, true) !== 0x04034b50) return 0;
  const size = zip.getUint32(22, true);
  if (size !== 0xffffffff) return size;
  // zip64: the sizes are in an extra field.
  let at = HEADER + zip.getUint16(26, true);
  const end = Math.min(zip.byteLength, at + zip.getUint16(28, true));
  while (at + 12 <= end) {
    if (zip.getUint16(at, true) === 1) return Number(zip.getBigUint64(at + 4, true));
    at += 4 + zip.getUint16(at + 2, true);
  }
  return 0;
}

/** Memory available for merging. */
export interface MergeRoom {
  /** Bytes for all concurrent cases together. */
  bytes: number;
  /**
   * Returns the bytes that a case needs.
   *
   * @throws NnUNetError 'memory-limit' naming the case if it needs more than is available
   */
  check(caseId: string, memory: number): number;
}

/**
 * @param maxMemory limit of the program in bytes; default: the memory it already uses plus four fifths of the free
 * memory
 */
export function roomForMerging(maxMemory: number | undefined): MergeRoom {
  const own = process.memoryUsage.rss();
  const allowed = maxMemory ?? own + spareMemory();
  const check = (caseId: string, memory: number) => {
    if (own + memory <= allowed) return memory;
    throw new NnUNetError('memory-limit', {
      what: `merging its probabilities needs about ${bytesInWords(own + memory)}, but ${bytesInWords(allowed)} are allowed`,
      where: caseId,
      remedy: 'Allow more (`maxMemory`), or merge where there is so much.',
    });
  };
  return { bytes: allowed - own, check };
}
