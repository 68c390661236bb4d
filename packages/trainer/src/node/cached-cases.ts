import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDescription } from '@nnunet/augment/node';

/** Memory for cached cases of each of the two loaders, if there is room. */
const CACHE = 2 ** 30;

/** Bytes that the cases of a source take, kept whole in each of `threads`, and at most what a loader keeps. */
export function cacheWanted(source: SourceDescription, threads: number): number {
  if (source.kind !== 'prepared') return 0;
  let bytes = 0;
  for (const id of source.caseIds) {
    const file = statSync(join(source.folder, `${id}.npy`), { throwIfNoEntry: false });
    // A packed case of v1: its size is not known before it is unpacked.
    if (file === undefined) return CACHE;
    bytes += file.size;
  }
  return Math.min(CACHE, Math.max(1, threads) * bytes);
}

/** What each loader may keep of cases where `left` bytes are free: what it wants, or its share. */
export function shareCaches(wanted: { training: number; validation: number }, left: number): typeof wanted {
  const share = Math.min(1, Math.max(0, left) / Math.max(1, wanted.training + wanted.validation));
  // Where all fits, nothing is bounded: what a thread keeps is its part of the whole bound.
  if (share === 1) return { training: CACHE, validation: CACHE };
  return { training: Math.floor(wanted.training * share), validation: Math.floor(wanted.validation * share) };
}
