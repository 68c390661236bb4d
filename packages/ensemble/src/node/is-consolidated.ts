import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { regionsIn } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';
import { collectedSources, regionsOfModel } from '@nnunet/postprocess/node/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { compareMadeFrom, MADE_FROM_FILE, readMadeFrom } from '@nnunet/store/internal';
import { filesIn } from '@nnunet/tensor/node/internal';

export interface ConsolidationCheck {
  folds: readonly Fold[];
  validationFolder: string;
  /** Whether a decision on postprocessing is required too. */
  postprocessing: boolean;
}

/**
 * Returns whether a model's cross-validation has been collected, scored and, if required, decided on with the current
 * folds and references, by what its task asks for. Compares the recorded hashes, or modification times for v1's folders. (v1 only checks that the
 * files exist, and keeps old ones after a fold was retrained.) Folds that no longer exist are ignored.
 */
export async function isConsolidated(modelFolder: string, options: ConsolidationCheck): Promise<boolean> {
  const raw = join(modelFolder, 'cv_niftis_raw');
  const scores = join(raw, 'summary.json');
  const decision = options.postprocessing ? [join(modelFolder, FILE_NAMES.postprocessing)] : [];
  if (![scores, ...decision].every((file) => existsSync(file))) return false;
  const regions = await regionsOfModel(modelFolder);
  if (regions !== undefined && !isDeepStrictEqual(regionsIn(await readSummary(scores)), regions)) return false;
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

/** Returns whether all results exist and none is older than its sources. */
export async function areNewer(results: readonly string[], sources: readonly string[]): Promise<boolean> {
  if (!results.every((file) => existsSync(file))) return false;
  const times = (files: readonly string[]) => Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return Math.max(...(await times(sources))) <= Math.min(...(await times(results)));
}
