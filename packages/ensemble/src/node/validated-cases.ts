import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { scoredLabels } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { requireOwnValidation } from '@nnunet/store/internal';
import { stemsIn } from '@nnunet/tensor/node/internal';

/** Validation cases whose probabilities were not stored. */
export interface MissingSoftmax {
  modelFolder: string;
  fold: Fold;
  /** Name of the folder of predictions in the fold. */
  validationFolder: string;
  cases: string[];
}

/** Predicts validation cases again and stores their probabilities. */
export type PredictMissingSoftmax = (missing: MissingSoftmax) => Promise<void>;

/** A cross-validation case, with each model's folder of predictions. */
export interface ValidatedCase {
  caseId: string;
  folders: string[];
}

export interface ValidatedCasesOptions {
  models: readonly string[];
  folds?: readonly Fold[];
  validationFolder?: string;
  predictMissingSoftmax?: PredictMissingSoftmax;
}

/**
 * Returns the validation cases that all models predicted with probabilities, fold by fold, the foreground labels, and the label of voxels
 * that count nowhere.
 *
 * @throws NnUNetError 'missing-validation', 'stale-validation', 'missing-softmax', 'different-cases'
 */
export async function validatedCases(
  options: ValidatedCasesOptions,
): Promise<{ cases: ValidatedCase[]; labels: number[]; ignoreLabel: number | undefined }> {
  const { models, folds = [0, 1, 2, 3, 4], validationFolder = FILE_NAMES.validation } = options;
  const cases: ValidatedCase[] = [];
  const labels = new Set<number>();
  let ignoreLabel: number | undefined;
  for (const fold of folds) {
    const folders = models.map((model) => join(model, foldFolderName(fold), validationFolder));
    const found: string[][] = [];
    for (const [i, folder] of folders.entries()) {
      await requireOwnValidation(join(models[i]!, foldFolderName(fold)), validationFolder);
      found.push(await storedCases(folder, { modelFolder: models[i]!, fold, validationFolder }, options));
    }
    const first = found[0]!;
    found.forEach((other, i) => {
      if (other.join('\n') !== first.join('\n')) throw differentCases(folders[0]!, folders[i]!, first, other);
    });
    const summary = await readSummary(join(folders[0]!, 'summary.json'));
    for (const label of scoredLabels(summary)) labels.add(label);
    ignoreLabel ??= summary.ignore_label;
    cases.push(...first.map((caseId) => ({ caseId, folders })));
  }
  return { cases, labels: [...labels].sort((a, b) => a - b), ignoreLabel };
}

/** Returns the cases with probabilities. Cases that only have a label file are predicted again if possible. */
async function storedCases(
  folder: string,
  model: Omit<MissingSoftmax, 'cases'>,
  { predictMissingSoftmax }: ValidatedCasesOptions,
): Promise<string[]> {
  let missing = await casesWithoutSoftmax(folder);
  if (missing.length > 0 && predictMissingSoftmax !== undefined) {
    await predictMissingSoftmax({ ...model, cases: missing });
    missing = await casesWithoutSoftmax(folder);
  }
  if (missing.length === 0) return await stemsIn(folder, '.npz');
  throw new NnUNetError('missing-softmax', {
    what: `the probabilities (.npz) of ${listed(missing)} are missing`,
    where: folder,
    remedy:
      'Validate all models and folds with probabilities: nnUNet_train CONFIGURATION TRAINER TASK FOLD `validationOnly` `saveSoftmax`.',
  });
}

/** Returns the predicted cases of a validation folder that have no probabilities. */
export async function casesWithoutSoftmax(folder: string): Promise<string[]> {
  const stored = new Set(await stemsIn(folder, '.npz'));
  const predicted = await stemsIn(folder, '.nii.gz');
  return predicted.filter((name) => !stored.has(name) && !/(noPostProcess|_postprocessed)$/.test(name));
}

function differentCases(folder: string, other: string, a: readonly string[], b: readonly string[]): NnUNetError {
  const onlyOne = [...a.filter((name) => !b.includes(name)), ...b.filter((name) => !a.includes(name))];
  return new NnUNetError('different-cases', {
    what: `only one of the models has probabilities for ${listed(onlyOne)}`,
    where: `${folder} and ${other}`,
    remedy: 'Train and validate both on the same splits (splits_final): nnUNet_train `saveSoftmax`.',
  });
}
