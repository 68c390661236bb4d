import { randomSplitV2 } from '@nnunet/dataset';
import type { TrainerV2 } from '../v2/trainer-v2.ts';
import { type FoldData, preparedFold, requireStageLabels } from './fold-data.ts';
import type { FoldTask } from './fold-task.ts';
import { type ReferencesV2, requireReferencesV2 } from './references-v2.ts';

export interface FoldDataNeedsV2
  extends Omit<FoldTask, 'modelFolder' | 'task'>,
    Partial<Pick<ReferencesV2, 'formats'>> {
  /** Whether the validation cases are scored after the training, which takes their references. */
  evaluate?: boolean;
}

/**
 * Returns the prepared cases that a trainer of nnU-Net v2 takes its batches from.
 *
 * @throws NnUNetError 'missing-previous-stage', 'missing-references', 'bad-references', and any error from `casesOfFold` and
 * reading the folder
 */
export async function foldDataV2(needs: FoldDataNeedsV2, trainer: TrainerV2): Promise<FoldData> {
  const { preprocessedFolder, fold, previousStageFolder, formats, evaluate = false } = needs;
  const { fileEnding, model, needsPreviousStage: cascade } = trainer;
  const more = cascade ? { previousStageFolder } : {};
  const data = await preparedFoldV2({ preprocessedFolder, fold }, trainer.dataIdentifier, more);
  const { train, val } = data.split;
  if (cascade) {
    const remedy =
      'Train all folds of the previous stage with the same trainer and plans first: their validation writes these files.';
    requireStageLabels(previousStageFolder, [...train, ...val], remedy);
  }
  const references = { preprocessedFolder, folder: data.folder, cases: val, formats };
  if (evaluate) await requireReferencesV2({ ...references, fileEnding, reorients: model.reorients });
  return data;
}

/** The same as `preparedFold`, by v2's rules: a fold beyond the splits is a random one. */
export function preparedFoldV2(
  fold: Pick<FoldTask, 'preprocessedFolder' | 'fold'>,
  name: string,
  more: Pick<FoldTask, 'previousStageFolder'> = {},
): Promise<FoldData> {
  return preparedFold(fold, name, { ...more, beyond: randomSplitV2 });
}
