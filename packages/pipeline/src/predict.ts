import { basename, dirname, join } from 'node:path';
import { usageError } from '@nnunet/errors';
import { type CaseFailure, casesFailed } from '@nnunet/errors/internal';
import { CHECKPOINT_NAMES, tilingOfPreset } from '@nnunet/inference/internal';
import { loadModel, predictFolder, type TrainedModel } from '@nnunet/inference/node';
import { requireOtherFolder } from '@nnunet/inference/node/internal';
import { requireDevice } from '@nnunet/network/node';
import type { Fold } from '@nnunet/schema';
import { parseFold, preprocessedFolder, resultsFolder } from '@nnunet/schema/internal';
import { resolveTrainedTask } from '@nnunet/store/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type DicomPlan, planDicomOutput, writeLabelsAsDicom } from './dicom-output.ts';
import { shippedExtensions } from './extensions.ts';
import { imagesBesideNifti, requireOtherImages, writeLabelsAsImages } from './image-formats.ts';
import { labelNamesOf } from './label-names.ts';
import { TABLE, writeLabelTables } from './label-table.ts';
import { checkPredictOptions, type PredictImagesOptions, type PredictResult } from './predict-options.ts';
import { loadQuickModel } from './quick-model.ts';
import { caseProgress } from './reporter.ts';
import { requireConfiguration, trainedConfiguration } from './trained-configuration.ts';
import { trainedModelFolder } from './trained-model.ts';
import { ownImagesOf, writeOwnLabels } from './v2/own-images.ts';

const FINAL = CHECKPOINT_NAMES.final;

/** Sub-folder of a cascade's output for the results of the first stage. */
const LOWRES_FOLDER = '3d_lowres_predictions';

/**
 * Predicts label maps for all cases of a folder (v1's predict_simple.py), or for given cases, with a table of the
 * labels' names and colours. A cascade without given segmentations first predicts with 3d_lowres.
 *
 * @throws NnUNetError 'cases-failed' at the end, naming the cases, after the others are finished (if a single case was
 * given, its own error); 'usage'
 */
export async function predict(options: PredictImagesOptions): Promise<PredictResult> {
  const start = performance.now();
  const result = await predictModels(options);
  // v1 writes the elapsed seconds.
  const seconds = (performance.now() - start) / 1000;
  await writeFileAtomic(join(options.outputFolder, 'prediction_time.txt'), `${seconds}`);
  return result;
}

async function predictModels(options: PredictImagesOptions): Promise<PredictResult> {
  const { roots, plansIdentifier: plans, outputFolder, numParts, lowresSegmentations } = options;
  const folds = options.folds?.map(parseFold);
  const given = options.configuration;
  await requireConfiguration(roots, options);
  checkPredictOptions(options);
  const { formats } = options.extensions ?? shippedExtensions;
  if (options.keepFormat) await requireOtherImages(options.cases ?? [], outputFolder, formats);
  const dicom = options.dicom && (await planDicomOutput(options.dicom, options, formats));
  await requireDevice(options.compute?.device ?? 'cpu');
  if (options.modelFolder !== undefined) {
    if (options.task !== undefined)
      throw usageError({ what: 'both a model folder and a task were given', remedy: 'Give `task` or `modelFolder`.' });
    return predictWith(options.modelFolder, { ...options, dicom, folds, previousStageFolder: lowresSegmentations });
  }
  if (options.task === undefined)
    throw usageError({
      what: 'no task was given',
      remedy: 'Give `task`, or `modelFolder` for any trained model.',
    });
  resultsFolder(roots);
  const task = await resolveTrainedTask(options.task, roots);
  const configuration = given ?? (await trainedConfiguration(roots, { ...options, task, plans }, options.reporter));
  const cascade = configuration === '3d_cascade_fullres';
  if (cascade && lowresSegmentations === undefined && numParts !== 1) {
    throw usageError({
      what: 'predicting a cascade in parts needs the segmentations of 3d_lowres, so that they are not made in every part',
      remedy: 'Predict with `configuration` 3d_lowres first and name its output: `lowresSegmentations`.',
    });
  }
  if (!cascade && lowresSegmentations !== undefined) {
    throw usageError({
      what: `segmentations of 3d_lowres are the input of a cascade, but ${configuration ?? '3d_fullres'} is not a cascade`,
      remedy: 'Leave out `lowresSegmentations`, or predict with `configuration` 3d_cascade_fullres.',
    });
  }
  const folderOf = (c: string | undefined, trainer: string | undefined) =>
    trainedModelFolder(roots, { configuration: c, task, trainer, plans });
  if (!cascade) return predictWith(await folderOf(configuration, options.trainer), { ...options, dicom, folds });

  const second = await folderOf(configuration, options.cascadeTrainer);
  let previousStageFolder = lowresSegmentations;
  if (previousStageFolder === undefined) {
    await requireOtherFolder(options);
    // Briefly load the second stage first: better no prediction at all than only the first stage's.
    await (await loadModel(second, { folds, checkpoint: options.checkpoint })).dispose();
    previousStageFolder = join(outputFolder, LOWRES_FOLDER);
    options.reporter.message(`predicting with 3d_lowres first: ${previousStageFolder}`);
    await predictWith(await folderOf('3d_lowres', options.trainer), {
      ...options,
      folds,
      checkpoint: FINAL,
      outputFolder: previousStageFolder,
      saveSoftmax: false,
      keepFormat: false,
      keepNifti: true,
      dicom: undefined,
    });
  }
  return predictWith(second, { ...options, dicom, folds, previousStageFolder });
}

/**
 * Loads a model, for the preset quick with 8-bit integers. Only a whole prediction with the final model of a task
 * calibrates it for these.
 */
function modelFor(
  folder: string,
  options: Omit<PredictImagesOptions, 'folds'> & { folds?: readonly Fold[] },
): Promise<TrainedModel> {
  const { roots, folds, checkpoint, compute, reporter, signal } = options;
  const load = { folds, checkpoint, compute };
  if (options.preset !== 'quick') return loadModel(folder, load);
  const calibrates = options.modelFolder === undefined && options.numParts === 1 && checkpoint === FINAL;
  const known = calibrates && roots.preprocessed !== null;
  // The folder of a task's model is in one with the name of the task.
  const prepared = known ? preprocessedFolder(roots, basename(dirname(folder))) : null;
  return loadQuickModel(folder, load, { preprocessedFolder: prepared, compute, reporter, signal });
}

async function predictWith(
  folder: string,
  options: Omit<PredictImagesOptions, 'folds' | 'dicom'> & {
    folds?: readonly Fold[];
    previousStageFolder?: string;
    dicom?: DicomPlan;
    /** Leave label maps as NIfTI, as the next stage reads them. */
    keepNifti?: boolean;
  },
): Promise<PredictResult> {
  const { reporter, signal, extensions = shippedExtensions } = options;
  const own = await ownImagesOf(folder, options, { known: extensions.formats, reporter });
  const otherImages = own ?? (await imagesBesideNifti(options, extensions.formats, reporter));
  const model = await modelFor(folder, options);
  reporter.message(`${folder} (rules of nnU-Net v${model.version})`);
  try {
    if (options.previousStageFolder !== undefined && !model.needsPreviousStage) {
      throw usageError({
        what: 'segmentations of a previous stage are the input of a cascade, but this model is not a cascade',
        where: folder,
        remedy: 'Leave out `lowresSegmentations`.',
      });
    }
    const { predicted, skipped, elsewhere, failed } = await predictFolder({
      model,
      ...(own === null ? { inputFolder: options.inputFolder, cases: options.cases } : { cases: own.cases }),
      kept: [...(options.kept ?? []), ...(own?.done ?? [])],
      outputFolder: options.outputFolder,
      overwrite: options.overwrite,
      saveProbabilities: options.saveSoftmax,
      previousStageFolder: options.previousStageFolder,
      mode: options.mode,
      grid: { strict: options.strictGeometry },
      ...tilingOfPreset(options.preset ?? 'exact', model.ensemble.mirrorAxes, options),
      maxMemory: options.maxMemory,
      threads: options.threads,
      formats: otherImages.formats,
      preprocessors: extensions.preprocessors,
      normalizations: extensions.normalizations,
      onEstimate: options.onEstimate,
      ...(own === null && { part: options.partId, parts: options.numParts }),
      signal,
      onMessage: (text) => reporter.message(text),
      onProgress: (progress) =>
        reporter.progress(caseProgress(`predicting with ${model.description.configuration}`, progress)),
    });
    const inModel = Object.keys(model.labelNames).length > 0 || options.task === undefined;
    const labelNames = inModel ? model.labelNames : await labelNamesOf(options.roots, options.task!);
    await writeLabelTables(join(options.outputFolder, TABLE), labelNames);
    const failures = failed.map(({ id, error }): CaseFailure => ({ name: id, error }));
    const done = [...predicted, ...skipped];
    if (own !== null && !options.keepNifti) await writeOwnLabels(own, options.outputFolder);
    if (options.keepFormat && own === null) await writeLabelsAsImages(otherImages, options.outputFolder, done);
    if (options.dicom !== undefined) {
      const ids = done.sort();
      const made = { ...otherImages, model, labelNames, folder: options.outputFolder, ids, reporter, signal };
      failures.push(...(await writeLabelsAsDicom(options.dicom, made)));
    }
    const [only] = failures;
    if (only !== undefined && options.cases?.length === 1) throw only.error;
    if (failures.length > 0) {
      const remedy = 'Correct these and run the command again; finished cases are kept.';
      throw casesFailed(failures, { total: new Set([...predicted, ...failures.map(({ name }) => name)]).size, remedy });
    }
    const kept = skipped.length + elsewhere.length + (own?.done.length ?? 0);
    return { predicted: predicted.length, skipped: kept, labelNames };
  } finally {
    await model.dispose();
  }
}
