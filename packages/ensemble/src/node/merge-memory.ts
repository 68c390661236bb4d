import { type FileHandle, open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { spareMemory } from '@nnunet/threads/node/internal';

/** Of the size of the stored half floats: file, array, member and sum in single precision. */
const COPIES = 6;
/** Bytes of a zip entry's header before its name. */
const HEADER = 30;

/** Bytes that merging a case takes, about, from the size that its first member's archive tells; 0 where it tells none. */
export async function mergeMemory(npzFile: string): Promise<number> {
  let file: FileHandle | undefined;
  try {
    file = await open(npzFile, 'r');
    const start = new Uint8Array(4096);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return COPIES * entrySize(new DataView(start.buffer, 0, bytesRead));
  } catch {
    // Reading it in full says what is wrong.
    return 0;
  } finally {
    await file?.close();
  }
}

/** Uncompressed size of the first entry of a zip file. */
function entrySize(zip: DataView): number {
  if (zip.byteLength < HEADER || zip.getUint32(0, true) !== 0x04034b50) return 0;
  const size = zip.getUint32(22, true);
  if (size !== 0xffffffff) return size;
  // zip64: the sizes stand in an extra field.
  let at = HEADER + zip.getUint16(26, true);
  const end = Math.min(zip.byteLength, at + zip.getUint16(28, true));
  while (at + 12 <= end) {
    if (zip.getUint16(at, true) === 1) return Number(zip.getBigUint64(at + 4, true));
    at += 4 + zip.getUint16(at + 2, true);
  }
  return 0;
}

/** Bytes that merging may take. */
export interface MergeRoom {
  /** For all cases in work together. */
  bytes: number;
  /** What a case takes. @throws NnUNetError 'memory-limit' naming it where that is more */
  check(caseId: string, memory: number): number;
}

/** @param maxMemory what the program may use; by default what it has and four fifths of what is free */
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
