import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { collectedSources } from '@nnunet/postprocess/node/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { compareMadeFrom, MADE_FROM_FILE, readMadeFrom } from '@nnunet/store/internal';
import { stemsIn } from '@nnunet/tensor/node/internal';

export interface ConsolidatedOptions {
  folds: readonly Fold[];
  validationFolder: string;
  /** Whether there must be a decision on postprocessing too. */
  postprocessing: boolean;
}

/**
 * Whether a model's cross-validation was brought together and scored as its folds and references are now: by the hashes
 * that were recorded then, or, where there are none, after its folds were predicted. v1 looks only
 * whether the files exist, and goes on with old ones after a fold was trained again. Folds that are not there any more
 * do not count.
 */
export async function isConsolidated(modelFolder: string, options: ConsolidatedOptions): Promise<boolean> {
  const { folds, validationFolder, postprocessing } = options;
  const raw = join(modelFolder, 'cv_niftis_raw');
  const decision = join(modelFolder, FILE_NAMES.postprocessing);
  if (!existsSync(join(raw, 'summary.json')) || (postprocessing && !existsSync(decision))) return false;
  const decided = postprocessing ? await modified(decision) : Number.POSITIVE_INFINITY;
  const recorded = await readMadeFrom(raw);
  if (recorded !== null) {
    const { changed, added } = compareMadeFrom(
      recorded,
      await collectedSources({ modelFolder, folds, validationFolder }),
    );
    return changed.length === 0 && added.length === 0 && (await modified(join(raw, MADE_FROM_FILE))) <= decided;
  }
  const scored = await modified(join(raw, 'summary.json'));
  for (const fold of folds) {
    const folder = join(modelFolder, foldFolderName(fold), validationFolder);
    if (!existsSync(folder)) continue;
    for (const caseId of await stemsIn(folder, '.nii.gz')) {
      const copy = join(raw, `${caseId}.nii.gz`);
      if (!existsSync(copy)) return false;
      const predicted = await modified(join(folder, `${caseId}.nii.gz`));
      if (predicted > decided || predicted > (await modified(copy))) return false;
      const reference = join(modelFolder, 'gt_niftis', `${caseId}.nii.gz`);
      if (existsSync(reference) && (await modified(reference)) > Math.min(scored, decided)) return false;
    }
  }
  return true;
}

async function modified(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}
