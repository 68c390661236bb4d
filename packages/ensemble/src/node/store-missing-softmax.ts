import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_NAMES, foldFolderName, modelFolder } from '@nnunet/schema/internal';
import type { TrainedConfiguration } from '../candidate.ts';
import type { Search } from './find-best-options.ts';
import { casesWithoutSoftmax } from './validated-cases.ts';

/**
 * Has the probabilities that ensembles will need predicted before anything is scored: predicting them rewrites the
 * label files, which would make earlier scores outdated. Does nothing if no ensemble can result; problems with a
 * configuration are left for the scoring to report.
 */
export async function storeMissingSoftmax(members: readonly TrainedConfiguration[], search: Search): Promise<void> {
  const { task, roots, folds, strict, disableEnsembling, predictMissingSoftmax: predict, signal } = search;
  if (predict === undefined || disableEnsembling) return;
  const models = members.map((member) => ({ member, folder: modelFolder(roots, { ...member, task }) }));
  const validations = (folder: string) =>
    folds.map((fold) => join(folder, foldFolderName(fold), FILE_NAMES.validation));
  const whole = models.filter(({ folder }) =>
    validations(folder).every((validation) => existsSync(join(validation, 'summary.json'))),
  );
  if (whole.length < 2 || (strict && whole.length < members.length)) return;
  for (const { member, folder } of whole) {
    for (const [i, validation] of validations(folder).entries()) {
      signal?.throwIfAborted();
      const cases = await casesWithoutSoftmax(validation);
      if (cases.length === 0) continue;
      await predict({
        ...member,
        task,
        modelFolder: folder,
        fold: folds[i]!,
        validationFolder: FILE_NAMES.validation,
        cases,
      });
    }
  }
}
