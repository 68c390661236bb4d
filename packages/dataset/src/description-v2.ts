import { NnUNetError } from '@nnunet/errors';
import { type DatasetDescription, type DatasetV2, declaredLabels } from '@nnunet/schema';

/** Keys of v1's dataset.json that v2 has not, or under another name. */
const WITHOUT = ['modality', 'training', 'test'];

export interface DescriptionForV2Options {
  /** Number of training cases, from which v2 plans batch sizes. */
  cases: number;
  /** Further keys that are left out. */
  without?: readonly string[];
  /** File name for error messages. */
  where: string;
}

/**
 * Returns the content of v2's dataset.json for a dataset.json of v1: labels by name, `channel_names` and `file_ending`.
 * Label 0 is called "background", as v2 requires. Other keys are kept.
 *
 * @throws NnUNetError 'bad-dataset' for label names that v2 could not tell apart, or would misunderstand
 */
export function descriptionForV2(
  { labelOrder, ...description }: DatasetDescription,
  { cases, without = [], where }: DescriptionForV2Options,
): Record<string, unknown> {
  const labels: Record<string, number> = {};
  for (const value of labelOrder ?? declaredLabels(description)) {
    const name = value === 0 ? 'background' : description.labels[value]!;
    const problem = Object.hasOwn(labels, name)
      ? `two labels are called "${name}"`
      : name === 'ignore'
        ? 'a label is called "ignore", which for v2 is what has not been annotated'
        : value !== 0 && name === 'background'
          ? `label ${value} is called "background"`
          : null;
    if (problem !== null) {
      const remedy = 'Give each label a name of its own in "labels" of this file, other than background and ignore.';
      throw new NnUNetError('bad-dataset', { what: problem, where, remedy });
    }
    labels[name] = value;
  }
  const { numTraining: _, ...rest } = Object.fromEntries(
    Object.entries(description).filter(([key]) => !WITHOUT.includes(key) && !without.includes(key)),
  );
  return {
    ...rest,
    labels,
    numTraining: cases,
    channel_names: description.modality,
    file_ending: '.nii.gz',
  };
}

/**
 * Returns modalities and labels of a dataset of v2 as v1 has them.
 *
 * @param labels the entries of `labels` in dataset.json
 * @throws NnUNetError 'not-for-v1' for what v1 has not: regions, an ignore label, images that are not .nii.gz
 */
export function descriptionForV1(
  { labels: { regions, ignore }, fileEnding, channelNames }: DatasetV2,
  labels: Readonly<Record<string, unknown>>,
  where: string,
): { modalities: string[]; labels: Record<number, string> } {
  const refused = (what: string, remedy: string) => new NnUNetError('not-for-v1', { what, where, remedy });
  if (regions !== null)
    throw refused('the labels are regions, which v1 has not', 'Declare each value of the label maps as a label.');
  if (ignore !== null)
    throw refused('there is an ignore label, which v1 has not', 'Annotate these voxels, or leave these cases out.');
  if (fileEnding !== '.nii.gz')
    throw refused(
      `the images end in ${fileEnding}, and v1 reads .nii.gz alone`,
      'Convert them with nnUNet_import_images.',
    );
  return {
    modalities: [...channelNames],
    labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [[value].flat()[0] as number, name])),
  };
}
