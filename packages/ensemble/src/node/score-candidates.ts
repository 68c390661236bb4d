import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { foregroundMean, type Summary } from '@nnunet/metrics';
import { readSummary, writeSummary } from '@nnunet/metrics/node';
import { consolidateFolds } from '@nnunet/postprocess/node';
import { collectFolds, updateReferences } from '@nnunet/postprocess/node/internal';
import { ensemblesFolder, FILE_NAMES, foldFolderName, modelFolder, summariesFolder } from '@nnunet/schema/internal';
import { requireOwnValidation } from '@nnunet/store/internal';
import type { TrainedConfiguration } from '../candidate.ts';
import { ensembleCrossValidation } from './ensemble-cross-validation.ts';
import type { Search } from './find-best-options.ts';
import { isConsolidated } from './is-consolidated.ts';

/**
 * Returns the cross-validation scores of a configuration before postprocessing, computing them if missing or outdated.
 */
export async function scoreConfiguration(member: TrainedConfiguration, search: Search): Promise<Summary> {
  const { task, roots, folds, workers, signal, onProgress, disablePostprocessing = false } = search;
  const { configuration } = member;
  const folder = modelFolder(roots, { ...member, task });
  if (!existsSync(folder)) {
    throw new NnUNetError('missing-model', {
      what: `${configuration} was not trained with ${member.trainer} and plans ${member.plans}`,
      where: folder,
      remedy: 'Train it, or leave it out of the comparison (`models`).',
    });
  }
  for (const fold of folds) {
    const foldFolder = join(folder, foldFolderName(fold));
    if (existsSync(join(foldFolder, FILE_NAMES.validation)))
      await requireOwnValidation(foldFolder, FILE_NAMES.validation);
  }
  const { currentReferences: current = null, rescore = false, onWarning } = search;
  await updateReferences({ modelFolder: folder, current, rescore, onWarning });
  const postprocessing = !disablePostprocessing;
  if (!(await isConsolidated(folder, { folds, validationFolder: FILE_NAMES.validation, postprocessing }))) {
    if (postprocessing && !search.allowMissingPostprocessing) requireDecision(folder, configuration);
    await (postprocessing ? consolidateFolds : collectFolds)({
      modelFolder: folder,
      folds,
      validationFolder: FILE_NAMES.validation,
      workers,
      signal,
      onProgress: ({ step, done, total }) => onProgress?.({ candidate: configuration, step, done, total }),
    });
  }
  return await withForegroundMean(join(folder, 'cv_niftis_raw', 'summary.json'));
}

function requireDecision(folder: string, configuration: string): void {
  const file = join(folder, FILE_NAMES.postprocessing);
  if (existsSync(file)) return;
  throw new NnUNetError('missing-postprocessing', {
    what: `the postprocessing of ${configuration} has not been determined`,
    where: file,
    remedy: 'Run nnUNet_determine_postprocessing for it, or allow it to be missing: `allowMissingPostprocessing`.',
  });
}

/** Returns the scores of the merged cross-validations of two configurations, computing them if missing or outdated. */
export async function scoreEnsemble(
  name: string,
  pair: readonly TrainedConfiguration[],
  search: Search,
): Promise<Summary> {
  const { task, roots, folds, workers, signal, onProgress, predictMissingSoftmax: predict } = search;
  const folders = pair.map((member) => modelFolder(roots, { ...member, task }));
  const outputFolder = ensemblesFolder(roots, task, name);
  await ensembleCrossValidation({
    models: folders,
    outputFolder,
    task,
    folds,
    validationFolder: FILE_NAMES.validation,
    disablePostprocessing: search.disablePostprocessing,
    summariesFolder: summariesFolder(roots),
    workers,
    readProperties: search.readProperties,
    predictMissingSoftmax:
      predict && ((missing) => predict({ ...missing, ...pair[folders.indexOf(missing.modelFolder)]!, task })),
    signal,
    onProgress: ({ step, done, total }) => onProgress?.({ candidate: name, step, done, total }),
  });
  return await withForegroundMean(join(outputFolder, 'ensembled_raw', 'summary.json'));
}

/** Adds the mean over the foreground labels to a summary, as v1 does for those it compares. */
async function withForegroundMean(file: string): Promise<Summary> {
  const summary = await readSummary(file);
  if (!('mean' in summary.results.mean)) await writeSummary(file, foregroundMean(summary));
  return summary;
}
