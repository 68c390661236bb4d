import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { generateDatasetJson } from '@nnunet/dataset/node';
import { NnUNetError, usageError } from '@nnunet/errors';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, rawFolder } from '@nnunet/schema/internal';
import { resolveTask } from '@nnunet/store/internal';
import { filesIn, namesIn } from '@nnunet/tensor/node/internal';
import { readLabels } from '@nnunet/volume/node';
import { labelValues } from './label-values.ts';
import type { Reporter } from './reporter.ts';

export interface DescribeDatasetOptions {
  roots: Roots;
  /** Id or name of a raw task. Give either this or `folder`. */
  task?: string;
  /** Raw task folder at any location. */
  folder?: string;
  /** In the order of the file numbers. */
  modalities: readonly string[];
  /** Label value to name. Default: the values in the label maps, named by number. */
  labels?: Readonly<Record<string, string>>;
  /** Name of the dataset. Default: the folder's name without TaskNNN_. */
  name?: string;
  description?: string;
  reference?: string;
  licence?: string;
  release?: string;
  overwrite: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** What v2's dataset.json says, such as regions, is not in the files. */
const DESCRIBED_V2 =
  'an editor: v2 has another dataset.json (docs/from_nnunet_v2.md lists its keys), which nnUNetv2_convert_old_nnUNet_dataset also writes for a task of v1';

/** Writes dataset.json from the folders of a raw task. Returns its path and the counts. */
export async function describeDataset(
  options: DescribeDatasetOptions,
): Promise<{ file: string; training: number; test: number; labels: Record<string, string> }> {
  const { roots, task, modalities, overwrite } = options;
  if ((task === undefined) === (options.folder === undefined)) {
    throw usageError({ what: 'give exactly one folder', remedy: 'Give `task` or `folder`.' });
  }
  const folder = options.folder ?? rawFolder(roots, await resolveTask(task!, roots, DESCRIBED_V2));
  await namesIn(folder);
  const file = joinPath(folder, FILE_NAMES.dataset);
  if (existsSync(file) && !overwrite) {
    throw new NnUNetError('exists', {
      what: 'the file already exists',
      where: file,
      remedy: 'Replace it with `overwrite`.',
    });
  }
  const labels = options.labels ?? (await labelsIn(joinPath(folder, 'labelsTr'), options));
  const { description, reference, licence, release } = options;
  const texts = { description, reference, licence, release };
  const name = options.name ?? basename(resolve(folder)).replace(/^Task\d+_/, '');
  const written = await generateDatasetJson({
    taskFolder: folder,
    modalities,
    labels,
    name,
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
  });
  return { file, training: written.training.length, test: written.test.length, labels: written.labels };
}

/** Returns all values of the label maps: 0 is named background, the others `label_N`. */
async function labelsIn(folder: string, { reporter, signal }: DescribeDatasetOptions): Promise<Record<string, string>> {
  const files = await filesIn(folder, '.nii.gz').catch(() => []);
  if (files.length === 0) {
    throw new NnUNetError('missing-file', {
      what: 'there are no label maps to read the labels from',
      where: folder,
      remedy: 'Put them there, or name the labels: `labels` 0=background 1=liver.',
    });
  }
  const found = new Set<number>([0]);
  for (const [i, file] of files.entries()) {
    signal?.throwIfAborted();
    const { data } = await readLabels(joinPath(folder, file));
    for (const value of labelValues(data)) found.add(value);
    reporter.progress({ what: 'reading labels', done: i + 1, total: files.length, note: file });
  }
  const strange = [...found].filter((value) => !Number.isInteger(value));
  if (strange.length > 0) {
    throw new NnUNetError('bad-labels', {
      what: `the label maps contain values that are not integers: ${strange.slice(0, 5).join(', ')}`,
      where: folder,
      remedy: 'Correct them; label maps must contain 0, 1, 2, …',
    });
  }
  const sorted = [...found].sort((a, b) => a - b);
  return Object.fromEntries(sorted.map((value) => [String(value), value === 0 ? 'background' : `label_${value}`]));
}
