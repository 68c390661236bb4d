import { existsSync } from 'node:fs';
import type { PathVariables } from '@nnunet/dataset/node';
import { NnUNetError } from '@nnunet/errors';
import type { Roots } from '@nnunet/schema';
import { caseIdOfEntry, FILE_NAMES, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';

/**
 * Finds the reference label maps of the training cases of a task: their paths by case. The files need not exist.
 * @param variables those that paths in a dataset.json of v2 may name
 */
export type TaskLabels = (
  roots: Roots,
  task: string,
  variables?: PathVariables,
) => Promise<ReadonlyMap<string, string>>;

/**
 * Of a task of v1: those in the preprocessed folder, or else in the raw one.
 * @throws NnUNetError 'missing-file' without dataset.json, and as `readDatasetDescription`
 */
export const taskLabelsV1: TaskLabels = async (roots, task) => {
  const sources: { from: string; labels: string }[] = [
    { from: preprocessedFolder(roots, task), labels: FILE_NAMES.groundTruth },
  ];
  if (roots.rawBase !== null) sources.push({ from: rawFolder(roots, task), labels: 'labelsTr' });
  const source = sources.find(({ from }) => existsSync(joinPath(from, FILE_NAMES.dataset)));
  if (source === undefined) {
    throw new NnUNetError('missing-file', {
      what: `there is no ${FILE_NAMES.dataset} of this task`,
      where: sources.map(({ from }) => from).join(', '),
      remedy: 'Convert the dataset first (docs/dataset_conversion.md), and check `root`.',
    });
  }
  const { training } = await readDatasetDescription(joinPath(source.from, FILE_NAMES.dataset));
  const ids = training.map(({ image }) => caseIdOfEntry(image));
  return new Map(ids.map((id) => [id, joinPath(source.from, source.labels, `${id}.nii.gz`)]));
};
