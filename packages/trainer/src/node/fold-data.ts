import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDescription } from '@nnunet/augment/node';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { nextStageFileName, stageFolderName } from '@nnunet/schema/internal';
import { listCases } from '@nnunet/store';
import type { Trainer } from '../trainer.ts';
import { casesOfFold, type FoldCases, type SplitBeyond } from './fold-cases.ts';
import type { FoldTask } from './fold-task.ts';

export interface FoldData {
  /** Folder of the prepared cases. */
  folder: string;
  /** All prepared cases, also those of other folds. */
  cases: string[];
  split: FoldCases;
  training: SourceDescription;
  validation: SourceDescription;
}

/**
 * Returns the prepared cases that a trainer takes its batches from.
 *
 * @throws NnUNetError 'missing-previous-stage', and any error from `casesOfFold` and reading the folder
 */
export async function foldData(
  { preprocessedFolder, fold, previousStageFolder }: Omit<FoldTask, 'modelFolder' | 'task'>,
  trainer: Trainer,
): Promise<FoldData> {
  const name = stageFolderName(trainer.plans.data_identifier, trainer.stage);
  const cascade = trainer.needsPreviousStage();
  const data = await preparedFold({ preprocessedFolder, fold }, name, cascade ? { previousStageFolder } : {});
  const remedy = 'Train all folds of 3d_lowres first, without `predictNextStage: false`.';
  if (cascade) requireStageLabels(previousStageFolder, data.cases, remedy);
  return data;
}

/**
 * Returns the cases prepared in the folder of this name.
 *
 * @param more see `casesOfFold`, and the folder of the previous stage's labels
 * @throws any error from `casesOfFold` and reading the folder
 */
export async function preparedFold(
  { preprocessedFolder, fold }: Pick<FoldTask, 'preprocessedFolder' | 'fold'>,
  name: string,
  { beyond, ...more }: Pick<FoldTask, 'previousStageFolder'> & { beyond?: SplitBeyond } = {},
): Promise<FoldData> {
  const folder = join(preprocessedFolder, name);
  const cases = await listCases(folder);
  const split = await casesOfFold(preprocessedFolder, cases, fold, beyond);
  const source = (caseIds: string[]): SourceDescription => ({ kind: 'prepared', folder, caseIds, ...more });
  return { folder, cases, split, training: source(split.train), validation: source(split.val) };
}

/**
 * Requires the labels of the previous stage: v1 for every case, v2 for those of the fold.
 *
 * @throws NnUNetError 'missing-previous-stage'
 */
export function requireStageLabels(folder: string | undefined, cases: readonly string[], remedy: string): void {
  const missing = cases
    .map(nextStageFileName)
    .filter((name) => folder === undefined || !existsSync(join(folder, name)));
  if (missing.length === 0) return;
  throw new NnUNetError('missing-previous-stage', {
    what: `seg from prev stage missing: the cascade needs the predictions of the previous stage for all cases; missing: ${listed(missing, 5)}`,
    where: folder,
    remedy,
  });
}
