import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { collectedSources } from '@nnunet/postprocess/node/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { compareMadeFrom, MADE_FROM_FILE, readMadeFrom } from '@nnunet/store/internal';
import { filesIn } from '@nnunet/tensor/node/internal';

export interface ConsolidatedOptions {
  folds: readonly Fold[];
  validationFolder: string;
  /** Whether there must be a decision on postprocessing too. */
  postprocessing: boolean;
}

/**
 * Whether a model's cross-validation was brought together, scored and, where asked, decided on as its folds and references
 * are now: by the hashes that were recorded then, or, for folders of v1, by when the files were made. v1 looks only
 * whether the files exist, and goes on with old ones after a fold was trained again. Folds that are not there any more
 * do not count.
 */
export async function isConsolidated(modelFolder: string, options: ConsolidatedOptions): Promise<boolean> {
  const raw = join(modelFolder, 'cv_niftis_raw');
  const scores = join(raw, 'summary.json');
  const decision = options.postprocessing ? [join(modelFolder, FILE_NAMES.postprocessing)] : [];
  if (![scores, ...decision].every((file) => existsSync(file))) return false;
  const recorded = await readMadeFrom(raw);
  if (recorded !== null) {
    const { changed, added } = compareMadeFrom(recorded, await collectedSources({ modelFolder, ...options }));
    return changed.length + added.length === 0 && (await areNewer(decision, [join(raw, MADE_FROM_FILE)]));
  }
  for (const fold of options.folds) {
    const folder = join(modelFolder, foldFolderName(fold), options.validationFolder);
    for (const name of existsSync(folder) ? await filesIn(folder, '.nii.gz') : []) {
      const reference = join(modelFolder, 'gt_niftis', name);
      const newer =
        (await areNewer([join(raw, name), ...decision], [join(folder, name)])) &&
        (!existsSync(reference) || (await areNewer([scores, ...decision], [reference])));
      if (!newer) return false;
    }
  }
  return true;
}

/** Whether all results are there, and none is older than what it is made from. */
export async function areNewer(results: readonly string[], sources: readonly string[]): Promise<boolean> {
  if (!results.every((file) => existsSync(file))) return false;
  const times = (files: readonly string[]) => Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return Math.max(...(await times(sources))) <= Math.min(...(await times(results)));
}
