import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fold } from '@nnunet/schema';
import { nextStageFileName } from '@nnunet/schema/internal';
import { readNextStageRecord, type ValidatedModel, writeNextStageRecord } from '@nnunet/store/internal';

export interface BeginNextStage {
  fold: Fold;
  /** Cases of the fold. */
  ids: readonly string[];
  /** null if nothing is known of the model: no labels are kept. */
  model: ValidatedModel | null;
  /** Predict cases again that already have labels. */
  overwrite: boolean;
}

/**
 * Prepares the cascade's input for the cases of a fold of its first stage, so that the labels in it belong to this model
 * wherever the validation stops: first deletes those of another model, or to be predicted again.
 *
 * @param folder `pred_next_stage`, or of v2 `predicted_next_stage/<configuration>`
 */
export async function beginNextStage(folder: string, { fold, ids, model, overwrite }: BeginNextStage): Promise<void> {
  await mkdir(folder, { recursive: true });
  // A damaged record says no more than a missing one.
  const before = await readNextStageRecord(folder, fold).catch(() => null);
  if (before !== null) await writeNextStageRecord(folder, fold, { ...before, finished: false });
  const isSame = model !== null && before?.model.sha256 === model.sha256;
  if (overwrite || !isSame) for (const id of ids) await rm(join(folder, nextStageFileName(id)), { force: true });
  if (model !== null) await writeNextStageRecord(folder, fold, { model, finished: false });
}
