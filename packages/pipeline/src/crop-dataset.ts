import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { listed } from '@nnunet/errors/internal';
import { cropTask, listCroppedCases, type RawCase } from '@nnunet/preprocess/node';
import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { hashFiles, readMadeFrom, writeMadeFrom } from '@nnunet/store/internal';
import { removeUnfinished } from '@nnunet/tensor/node/internal';
import type { Reporter } from './reporter.ts';

export interface CropDatasetOptions {
  /** The raw task folder. */
  rawFolder: string;
  cases: readonly RawCase[];
  croppedFolder: string;
  /** Label values that dataset.json declares. */
  labels: readonly number[];
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Updates the cropped folder to match the raw data: keeps cases whose files are unchanged, crops the others, and
 * removes cases that no longer exist. Each case records its sources, so it does not matter where an earlier run
 * stopped. A folder without a record, such as v1's own, is used as it is.
 */
export async function cropDataset({
  rawFolder,
  cases,
  croppedFolder,
  labels,
  workers,
  reporter,
  signal,
}: CropDatasetOptions): Promise<void> {
  await mkdir(croppedFolder, { recursive: true });
  await removeUnfinished(croppedFolder);
  const existing = await listCroppedCases(croppedFolder);
  const recorded = await readMadeFrom(croppedFolder);
  if (recorded === null && existing.length > 0) {
    reporter.message(
      `${croppedFolder} has no record of what it was made from; cases without a record are used as they are`,
    );
  }
  const description = await hashFiles(rawFolder, [FILE_NAMES.dataset], { signal });
  const wanted = new Set(cases.map((c) => c.id));
  const { hashes, notices } = await cropTask({
    cases,
    outFolder: croppedFolder,
    declaredLabels: labels,
    workers,
    recorded: recorded?.sources ?? null,
    // From here until the end, the folder matches no raw data.
    onBegin: () => writeMadeFrom(croppedFolder, { sources: recorded?.sources ?? {}, unfinished: cases.length }),
    signal,
    onProgress: ({ id, done, total }) => reporter.progress({ what: 'cropping', done, total, note: id }),
  });
  if (notices.length > 0) reporter.warning(listed(notices, 10, '\n'));
  for (const id of existing.filter((id) => !wanted.has(id)))
    for (const ending of ['.npz', '.json', '.pkl']) await rm(joinPath(croppedFolder, id + ending), { force: true });
  const references = new Set(cases.map((c) => basename(c.labels!)));
  await removeOthers(joinPath(croppedFolder, FILE_NAMES.groundTruth), references);
  await writeMadeFrom(croppedFolder, { sources: { ...description, ...hashes } });
}

/** Removes files that no longer belong to a folder. */
export async function removeOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) if (!keep.has(name)) await rm(joinPath(folder, name), { force: true });
}
