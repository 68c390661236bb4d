import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { labelsIn, type NamesOfLabels } from '@nnunet/metrics';
import { labelFiles } from '@nnunet/metrics/node/internal';
import { type DatasetDescription, foregroundLabels } from '@nnunet/schema';
import { FILE_NAMES, judgedRegions } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import { readLabels } from '@nnunet/volume/node';
import type { Reporter } from './reporter.ts';

interface LabelSources {
  /** Folder of the reference label maps. */
  reference: string;
  /** Labels to score, if the user names them. */
  labels?: number[];
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Returns the labels to score, and their names, the ignore label and regions if there is a dataset.json in the folder of the references or in the one
 * above, as in raw and preprocessed tasks. Labels that the user does not name are those of dataset.json, else those found
 * in the references, without the background.
 *
 * @throws NnUNetError 'bad-dataset-json' if the labels are to be read from it; 'no-foreground' if there are none
 */
export async function evaluatedLabels({ reference, labels, reporter, signal }: LabelSources) {
  const folder = resolve(reference);
  const file = [folder, dirname(folder)]
    .map((place) => join(place, FILE_NAMES.dataset))
    .find((path) => existsSync(path));
  if (labels !== undefined) {
    const dataset = await describedIn(file);
    return { labels, names: dataset?.labels ?? {}, ignoreLabel: dataset?.ignoreLabel, regions: undefined };
  }
  if (file !== undefined) {
    const dataset = await readDatasetDescription(file);
    const { labels: names, ignoreLabel } = dataset;
    const regions = judgedRegions(dataset);
    return { labels: foregroundLabels(dataset), names: names as NamesOfLabels, ignoreLabel, regions };
  }
  const found = new Set<number>();
  const files = await labelFiles(reference);
  for (const [i, name] of files.entries()) {
    signal?.throwIfAborted();
    for (const label of labelsIn((await readLabels(join(reference, name))).data)) if (label > 0) found.add(label);
    reporter.progress({ what: 'finding the labels', done: i + 1, total: files.length });
  }
  if (found.size > 0 || files.length === 0)
    return { labels: [...found].sort((a, b) => a - b), names: {}, ignoreLabel: undefined, regions: undefined };
  throw new NnUNetError('no-foreground', {
    what: 'no reference has a label above 0',
    where: reference,
    remedy: 'Check the folder, or set `labels` to the labels to score.',
  });
}

/** The dataset.json, if there is one that can be read. */
async function describedIn(file: string | undefined): Promise<DatasetDescription | null> {
  if (file === undefined) return null;
  try {
    return await readDatasetDescription(file);
  } catch (error) {
    if (isNnUNetError(error)) return null;
    throw error;
  }
}
