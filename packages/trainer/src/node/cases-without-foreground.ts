import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDescription } from '@nnunet/augment/node';
import { openPreparedCase } from '@nnunet/store';

/**
 * Those prepared cases of which no voxel of a label is known: patches that must show foreground are drawn from anywhere
 * in them. Cases that would have to be unpacked for that are not looked at; damaged ones are found when they are used.
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
