import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDescription } from '@nnunet/augment/node';
import { openPreparedCase } from '@nnunet/store';

/**
 * Returns the prepared cases that have no known voxel of a label: patches that must contain foreground are drawn from
 * anywhere in them. Cases that would have to be unpacked are not checked; damaged ones are detected when used.
 */
export async function casesWithoutForeground(source: SourceDescription): Promise<string[]> {
  if (source.kind !== 'prepared') return [];
  const found: string[] = [];
  for (const id of source.caseIds) {
    if (!existsSync(join(source.folder, `${id}.npy`))) continue;
    const prepared = await openPreparedCase(source.folder, id).catch(() => null);
    const counts = prepared?.locationCounts ?? null;
    await prepared?.close();
    if (counts !== null && Object.entries(counts).every(([label, n]) => Number(label) <= 0 || n === 0)) found.push(id);
  }
  return found;
}
