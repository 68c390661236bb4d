import { existsSync } from 'node:fs';
import { isNnUNetError, type NnUNetError } from '@nnunet/errors';
import { joinPath } from '@nnunet/schema/internal';
import { requireOwnValidation } from '@nnunet/store/internal';
import type { ExperimentModels } from './experiment-rules.ts';
import { type JobResults, MISSING } from './result-files.ts';
import type { ExperimentSettings } from './settings.ts';

/** How the folder of a fold is read, by v1's rules or v2's. */
export interface FoldReading {
  folder: string;
  models: Pick<ExperimentModels, 'checkpoint' | 'validation'>;
  /** Why the training that a checkpoint is from is not the one asked for; null if it is. */
  refusalOf(checkpoint: { file: string; isFinished: boolean }): Promise<NnUNetError | null>;
  /** Whether the validation is that of the finished model, and has written what a cascade waits for. */
  isWhole(): Promise<boolean>;
  diceIn(summaryFile: string): Promise<number>;
}

/** Whether a fold is trained as asked, validated, and has written what a cascade waits for. */
export async function foldResults(
  { folder, models, refusalOf, isWhole, diceIn }: FoldReading,
  { arguments: { train: words = [] } }: ExperimentSettings,
): Promise<JobResults> {
  const file = (kind: 'final' | 'latest') => joinPath(folder, models.checkpoint(kind));
  const isFinished = existsSync(file('final'));
  if (!isFinished && !existsSync(file('latest'))) return MISSING;
  const found = refusalOf({ file: file(isFinished ? 'final' : 'latest'), isFinished });
  // What is wrong with a checkpoint to go on from, the training itself says.
  const refusal = await (isFinished ? found : found.catch(() => null));
  if (refusal !== null) return { done: false, refusal };
  // The latest checkpoint is newer than the final one of a training that was extended.
  if (existsSync(file('latest'))) return MISSING;
  if (words.includes('--disable_validation_inference')) return { done: true };
  try {
    await requireOwnValidation(folder, models.validation);
  } catch (error) {
    if (isNnUNetError(error, 'missing-validation') || isNnUNetError(error, 'stale-validation')) return MISSING;
    throw error;
  }
  if (!(await isWhole())) return MISSING;
  return { done: true, dice: await diceIn(joinPath(folder, models.validation, 'summary.json')) };
}
