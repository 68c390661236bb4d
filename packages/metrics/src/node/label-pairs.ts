import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { filesIn } from '@nnunet/tensor/node/internal';
import { type GridNotice, type GridNoticeRule, gridNotices, roundedNotice } from '@nnunet/volume/internal';
import { readLabels } from '@nnunet/volume/node';

/** Ending of the files that are compared. */
export const LABEL_SUFFIX = '.nii.gz';

/** Sorted names of a folder's label files. Throws 'missing-folder'. */
export async function labelFiles(folder: string): Promise<string[]> {
  return filesIn(folder, LABEL_SUFFIX).catch((cause: unknown) => {
    const what = 'this folder cannot be read';
    throw new NnUNetError('missing-folder', { what, where: folder, remedy: 'Check the path.', cause });
  });
}

/** Throws 'missing-references' naming the predictions that have none. */
export function checkReferences(folder: string, references: readonly string[], predictions: readonly string[]): void {
  const unknown = predictions.filter((name) => !references.includes(name));
  if (unknown.length === 0 && references.length > 0) return;
  throw new NnUNetError('missing-references', {
    what:
      unknown.length > 0 ? `no reference for ${listed(unknown)}` : `there is no ${LABEL_SUFFIX} file to compare with`,
    where: folder,
    remedy: 'Give the folder with the reference labels of all predictions, or remove the other predictions.',
  });
}

/** A predicted label file and its reference. */
export interface FilePair {
  test: string;
  reference: string;
}

type LabelVolume = Awaited<ReturnType<typeof readLabels>>;

/** Both label maps of a pair, and what there is to say of them. */
export interface ReadPair {
  test: LabelVolume;
  reference: LabelVolume;
  notices: GridNotice[];
}

/**
 * Reads both files. Throws what {@link comparePair} throws, and what reading them throws.
 */
export async function readPair(pair: FilePair, rule: GridNoticeRule = {}): Promise<ReadPair> {
  const test = await readLabels(pair.test);
  const reference = await readLabels(pair.reference);
  return { test, reference, notices: comparePair(pair, { test, reference }, rule) };
}

/**
 * Compares where a prediction and its reference lie, and says what there is to say of both.
 *
 * @throws NnUNetError 'shape-mismatch' where their sizes differ, 'other-grid' where they lie at different places
 */
export function comparePair(
  pair: FilePair,
  { test, reference }: { test: LabelVolume; reference: LabelVolume },
  rule: GridNoticeRule = {},
): GridNotice[] {
  if (test.shape.some((edge, axis) => edge !== reference.shape[axis])) {
    throw new NnUNetError('shape-mismatch', {
      what: `has ${test.shape.join(' x ')} voxels (z, y, x), its reference ${pair.reference} ${reference.shape.join(' x ')}`,
      where: pair.test,
      remedy: 'Predict the original image of this case, or compare with the matching labels.',
    });
  }
  const named = (name: string, geometry: LabelVolume) => ({ name, geometry });
  const notices = gridNotices([named(pair.reference, reference), named(pair.test, test)], rule);
  for (const [file, map] of [[pair.reference, reference] as const, [pair.test, test] as const]) {
    const text = roundedNotice(file, map);
    if (text !== null) notices.push({ severity: 'warning', text });
  }
  return notices;
}
