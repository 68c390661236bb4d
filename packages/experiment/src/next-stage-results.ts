import type { Fold } from '@nnunet/schema';
import { readNextStageRecord, type ValidatedModel } from '@nnunet/store/internal';

/**
 * Whether a fold of a cascade's first stage has predicted its cases for the second with the validated model.
 *
 * @param folder of these predictions
 * @param validated null if the validated model is not known
 */
export async function hasNextStage(folder: string, fold: Fold, validated: ValidatedModel | null): Promise<boolean> {
  // A damaged record is made anew, like a missing one.
  const record = await readNextStageRecord(folder, fold).catch(() => null);
  if (!record?.finished) return false;
  return validated === null || validated.sha256 === record.model.sha256;
}
