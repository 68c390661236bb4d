import { readFile } from 'node:fs/promises';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, knownRawFolder, preprocessedFolder } from '@nnunet/schema/internal';

/** Whether prepared data have the dataset.json of the raw ones, which may have stayed on another machine. */
export async function hasSameDescription(roots: Roots, task: string): Promise<boolean> {
  const raw = knownRawFolder(roots, task);
  const [own, copy] = await Promise.all(
    [raw, preprocessedFolder(roots, task)].map((from) =>
      from === null ? null : readFile(joinPath(from, FILE_NAMES.dataset), 'utf8').catch(() => null),
    ),
  );
  return own === null || own === copy;
}
