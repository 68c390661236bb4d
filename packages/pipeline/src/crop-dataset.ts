import { mkdir, rm } from 'node:fs/promises';
import { joinPath } from '@nnunet/dataset';
import { compareMadeFrom, MADE_FROM_FILE, type MadeFrom, readMadeFrom, writeMadeFrom } from '@nnunet/dataset/node';
import { listed } from '@nnunet/errors';
import { cropTask, listCroppedCases, type RawCase } from '@nnunet/preprocess/node';
import type { Reporter } from './reporter.ts';

export interface CropDatasetOptions {
  cases: readonly RawCase[];
  /** Hashes of the raw files, by path relative to the raw task folder. */
  source: MadeFrom;
  croppedFolder: string;
  /** Label values that dataset.json declares. */
  labels: readonly number[];
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Brings the cropped folder to the state of the raw data: cases that exist and whose files are unchanged are kept, the
 * others are cropped, those that are gone are removed. A folder without a record, such as v1's own, is taken as it is.
 */
export async function cropDataset({
  cases,
  source,
  croppedFolder,
  labels,
  workers,
  reporter,
  signal,
}: CropDatasetOptions): Promise<void> {
  await mkdir(croppedFolder, { recursive: true });
  const existing = await listCroppedCases(croppedFolder);
  const recorded = await readMadeFrom(croppedFolder);
  if (recorded === null && existing.length > 0) {
    reporter.message(
      `${croppedFolder} has no record of what it was made from: its ${existing.length} cases are taken as they are`,
    );
  }
  const outdated = recorded === null ? new Set<string>() : outdatedCases(cases, recorded, source);
  const wanted = new Set(cases.map((c) => c.id));
  for (const id of existing) {
    if (wanted.has(id) && !outdated.has(id)) continue;
    for (const ending of ['.npz', '.json', '.pkl']) await rm(joinPath(croppedFolder, id + ending), { force: true });
  }
  // From here to the end the folder matches no raw data: a run that is stopped leaves no record that says otherwise.
  if (recorded !== null && outdated.size > 0) await rm(joinPath(croppedFolder, MADE_FROM_FILE), { force: true });
  const notices = await cropTask({
    cases,
    outFolder: croppedFolder,
    declaredLabels: labels,
    workers,
    signal,
    onProgress: ({ id, done, total }) => reporter.progress({ what: 'cropping', done, total, note: id }),
  });
  if (notices.length > 0) reporter.warning(listed(notices, 10, '\n'));
  await writeMadeFrom(croppedFolder, source);
}

/** Cases of which a file differs from what was cropped, or was not there then. */
function outdatedCases(cases: readonly RawCase[], recorded: MadeFrom, present: MadeFrom): Set<string> {
  const { changed, added } = compareMadeFrom(recorded, present);
  const touched = new Set([...changed, ...added]);
  const relative = (path: string) => path.split('/').slice(-2).join('/');
  return new Set(
    cases.filter((c) => [...c.images, c.labels!].some((path) => touched.has(relative(path)))).map((c) => c.id),
  );
}
