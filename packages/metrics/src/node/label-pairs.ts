import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { filesIn } from '@nnunet/tensor/node/internal';
import { type ImageFormats, shippedFormats } from '@nnunet/volume';
import { type GridNotice, type GridNoticeRule, gridNotices, roundedNotice } from '@nnunet/volume/internal';
import { readLabels } from '@nnunet/volume/node';

/** File suffix of the files that are compared. */
export const LABEL_SUFFIX = '.nii.gz';

/** Returns the sorted names of a folder's label files. Throws 'missing-folder', 'not-a-folder', 'no-access', … */
export function labelFiles(folder: string): Promise<string[]> {
  return filesIn(folder, LABEL_SUFFIX);
}

/** Throws 'missing-predictions', naming the references without a prediction. @param otherwise a further remedy */
export function checkPredictions(
  folders: { reference: string; predictions: string },
  references: readonly string[],
  predictions: readonly string[],
  otherwise?: string,
): void {
  const unpredicted = references.filter((name) => !predictions.includes(name));
  if (unpredicted.length === 0) return;
  throw new NnUNetError('missing-predictions', {
    what: `no prediction for ${listed(unpredicted)}`,
    where: folders.predictions,
    remedy: `${['Predict these cases too', ...(otherwise ? [otherwise] : [])].join(', ')}, or remove their references from ${folders.reference}.`,
  });
}

/** The error of a folder without predictions. */
export function noPredictions(folder: string, ending: string): NnUNetError {
  return new NnUNetError('missing-predictions', {
    what: `there is no ${ending} file to evaluate`,
    where: folder,
    remedy: 'Check the path: it must be the folder of predicted label maps.',
  });
}

/** Throws 'missing-references', naming the predictions without a reference. */
export function checkReferences(
  folder: string,
  references: readonly string[],
  predictions: readonly string[],
  ending = LABEL_SUFFIX,
): void {
  const unknown = predictions.filter((name) => !references.includes(name));
  if (unknown.length === 0 && references.length > 0) return;
  throw new NnUNetError('missing-references', {
    what: unknown.length > 0 ? `no reference for ${listed(unknown)}` : `there is no ${ending} file to compare with`,
    where: folder,
    remedy: 'Give the folder with the reference labels of all predictions, or remove the other predictions.',
  });
}

/** A predicted label file and its reference. */
export interface FilePair {
  test: string;
  reference: string;
}

/** Whether both files are NIfTI, which threads can read. */
export function isNifti({ test, reference }: FilePair): boolean {
  return [test, reference].every((file) =>
    shippedFormats.names().some((ending) => file.toLowerCase().endsWith(ending)),
  );
}

type LabelVolume = Awaited<ReturnType<typeof readLabels>>;

/** Both label maps of a pair, with notices about their positions. */
export interface ReadPair {
  test: LabelVolume;
  reference: LabelVolume;
  notices: GridNotice[];
}

/** Reads both files. Throws the errors of {@link comparePair} and any error from reading. */
export async function readPair(pair: FilePair, rule: GridNoticeRule = {}, formats?: ImageFormats): Promise<ReadPair> {
  const test = await readLabels(pair.test, formats);
  const reference = await readLabels(pair.reference, formats);
  return { test, reference, notices: comparePair(pair, { test, reference }, rule) };
}

/**
 * Compares the positions of a prediction and its reference and returns the notices.
 *
 * @throws NnUNetError 'shape-mismatch' if their shapes differ, 'other-grid' if their positions differ
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
