import { NnUNetError } from '@nnunet/errors';
import type { DatasetDescription, DatasetV2 } from '@nnunet/schema';
import { labelEntries } from '@nnunet/schema/internal';

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
  dataset: DatasetDescription,
  { cases, without = [], where }: DescriptionForV2Options,
): Record<string, unknown> {
  const { labelOrder: _, regions: __, ignoreLabel: ___, ...description } = dataset;
  const labels: Record<string, unknown> = {};
  for (const [name, value] of labelEntries(dataset)) {
    const problem = !Object.hasOwn(labels, name)
      ? null
      : name === 'background'
        ? `label ${value} is called "background"`
        : `two labels are called "${name}"`;
    if (problem !== null) {
      const remedy = 'Give each label a name of its own in "labels" of this file, other than background.';
      throw new NnUNetError('bad-dataset', { what: problem, where, remedy });
    }
    labels[name] = value;
  }
  const { numTraining: ____, ...rest } = Object.fromEntries(
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

/** Labels as dataset.json of a task of v1 may declare them. */
export interface DescribedLabels {
  /** Label value to name, 0 is the background; or as in v2 name to values, for regions. */
  labels: Readonly<Record<number | string, string>> | Readonly<Record<string, number | number[]>>;
  /** Label that each region writes, later ones over earlier ones; required for regions. */
  regionsClassOrder?: readonly number[];
}

/**
 * Returns modalities and labels of a dataset of v2 as a task of v1 declares them: names by value, or regions as in v2.
 *
 * @throws NnUNetError 'not-for-v1' for images that are not .nii.gz
 */
export function descriptionForV1(
  { labels, labelNames, fileEnding, channelNames }: DatasetV2,
  given: Readonly<Record<string, number | number[]>>,
  where: string,
): DescribedLabels & { modalities: string[] } {
  if (fileEnding !== '.nii.gz') {
    throw new NnUNetError('not-for-v1', {
      what: `the images end in ${fileEnding}, and v1 reads .nii.gz alone`,
      where,
      remedy: 'Convert them with nnUNet_import_images.',
    });
  }
  const entries = labelNames.map((name) => [name, given[name]!] as const);
  const modalities = [...channelNames];
  if (labels.regionClassOrder !== null)
    return { modalities, labels: Object.fromEntries(entries), regionsClassOrder: labels.regionClassOrder };
  return { modalities, labels: Object.fromEntries(entries.map(([name, value]) => [[value].flat()[0]!, name])) };
}
