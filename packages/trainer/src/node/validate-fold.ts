import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '@nnunet/errors/internal';
import { type ModelDescription, Prediction } from '@nnunet/inference';
import { type FolderProgress, Model, writePrediction } from '@nnunet/inference/node';
import type { Metrics, Summary, SummaryFormat } from '@nnunet/metrics';
import { evaluateFiles, evaluateRegions, writeSummary } from '@nnunet/metrics/node';
import { stampedSummary } from '@nnunet/metrics/node/internal';
import type { Compute } from '@nnunet/network/node';
import { labelsAtShape } from '@nnunet/preprocess/internal';
import {
  FILE_NAMES,
  judgedRegions,
  nextStageFileName,
  nextStageFolder,
  stageFolderName,
} from '@nnunet/schema/internal';
import { listCases, openPreparedCase } from '@nnunet/store';
import { type ValidatedModel, writeNextStageRecord } from '@nnunet/store/internal';
import type { Tensor } from '@nnunet/tensor';
import { writeNpzFile } from '@nnunet/tensor/node';
import { copyFileAtomic, filesIn } from '@nnunet/tensor/node/internal';
import { ProgressClock } from '@nnunet/threads/internal';
import { describeChangedSettings } from '../changed-settings.ts';
import type { Listeners } from '../training-listener.ts';
import { casesOfFold, storeSplits } from './fold-cases.ts';
import { FoldFolder } from './fold-folder.ts';
import type { FoldTask } from './fold-task.ts';
import { beginNextStage } from './next-stage-folder.ts';
import { tellValidated } from './tell-validated.ts';
import { validatedModel } from './validated-model.ts';
import { caseName, readValidationCase } from './validation-case.ts';
import { beginValidation } from './validation-folder.ts';
import { propertiesOfCases, referencesOf, requireReferences } from './validation-needs.ts';

export interface ValidateFoldOptions extends FoldTask, SummaryFormat {
  /** Default: 'final'. */
  checkpoint?: 'final' | 'best' | 'latest';
  /** Predict, score and copy the references; if false, only predict for the next stage. Default: true. */
  evaluate?: boolean;
  /**
   * 3d_lowres, except fold 'all': also write the input of the cascade's second stage to `pred_next_stage`. Default:
   * true.
   */
  predictNextStage?: boolean;
  /** Name of the folder in the fold's folder. Default: 'validation_raw'. */
  validationFolder?: string;
  /** Predict cases again that already have a result, also for the next stage. Default: true. */
  overwrite?: boolean;
  /** Also write probabilities and properties. Default: false. */
  saveProbabilities?: boolean;
  mirroring?: boolean;
  stepSize?: number;
  gaussian?: boolean;
  /** Where metrics are looked up: your own are in the summary too. Default: the shipped ones. */
  metrics?: Metrics;
  /** What is told of the scores. Default: nobody. */
  listeners?: Listeners;
  /** Threads that score. */
  workers?: number;
  /** Device and settings for running the network. */
  compute?: Compute;
  signal?: AbortSignal;
  onProgress?: (progress: FolderProgress) => void;
  onLog?: (text: string) => void;
}

export interface ValidatedFold {
  /** Folder of the predictions. */
  folder: string;
  cases: string[];
  /** null if nothing was scored. */
  summary: Summary | null;
  /** Dice by case and name of the region, if the model learnt regions and they were scored. */
  regions: RegionScores | null;
}

/** Dice of the regions of each case. */
export type RegionScores = Awaited<ReturnType<typeof evaluateRegions>>;

/**
 * Predicts the validation cases of a trained fold as a user would and scores them against the references (a model of
 * regions also gets a table of their Dice, `summary.csv`). For 3d_lowres, also writes the input of the cascade. The
 * model file alone determines how to predict.
 *
 * @throws NnUNetError 'missing-checkpoint', 'missing-references' before anything is predicted, 'locked', and any error
 * from reading and writing
 *
 * Origin: v1's `nnUNetTrainer.validate` and `predict_next_stage`.
 */
export async function validateFold(options: ValidateFoldOptions): Promise<ValidatedFold> {
  const foldFolder = new FoldFolder(options.modelFolder, options.fold);
  const kind = options.checkpoint ?? 'final';
  const remedy =
    kind === 'best'
      ? 'The best model is written when a later epoch improves on the first ones: train for more epochs, or validate the final model (without `validateBest`).'
      : 'Finish the training of this fold first (`continueTraining` continues it).';
  const { checkpoint } = await foldFolder.load([kind], remedy);
  const lock = await foldFolder.lock(options.onLog);
  const model = new Model(checkpoint.model, [checkpoint.weights], { compute: options.compute });
  try {
    const signal = options.signal ? AbortSignal.any([options.signal, lock.signal]) : lock.signal;
    const changes = describeChangedSettings(checkpoint.state.settings);
    const validated = await validatedModel(foldFolder, kind, signal);
    return await validateWith({ model, validated, changes }, foldFolder, { ...options, signal });
  } finally {
    await model.dispose();
    await lock.release();
  }
}

async function validateWith(
  { model, validated, changes }: { model: Model; validated: ValidatedModel | null; changes: string },
  foldFolder: FoldFolder,
  options: ValidateFoldOptions,
): Promise<ValidatedFold> {
  const { description } = model;
  const { evaluate = true, predictNextStage = true, overwrite = true, previousStageFolder, signal } = options;
  const folder = join(foldFolder.path, options.validationFolder ?? FILE_NAMES.validation);
  const stageFolder = stageFolderOf(options.preprocessedFolder, description, description.stage);
  const split = await casesOfFold(options.preprocessedFolder, await listCases(stageFolder), options.fold);
  const { val } = split;
  const lowres = predictNextStage && description.configuration === '3d_lowres';
  const nextStage = lowres && options.fold !== 'all';
  if (lowres && !nextStage) {
    options.onLog?.(
      'a model trained on all cases has seen the cases that it predicts here, so nothing is written for the cascade, which needs the folds',
    );
  }
  await storeSplits(options.preprocessedFolder, split, options.onLog);
  if (evaluate) {
    const properties = await propertiesOfCases(stageFolder, val);
    await requireReferences(referencesOf(options.preprocessedFolder, properties));
    const { onLog } = options;
    const names = [...properties].map(([id, own]) => caseName(id, own));
    await beginValidation(folder, { names, model: validated, args: settingsOf(options), overwrite, onLog });
  }
  const nextFolder = nextStageFolder(options.modelFolder);
  const { fold } = options;
  if (nextStage) await beginNextStage(nextFolder, { fold, ids: val, model: validated, overwrite });
  const clock = new ProgressClock(val.map(() => 1));
  const pairs: { test: string; reference: string }[] = [];
  for (const [index, id] of val.entries()) {
    signal?.throwIfAborted();
    const validationCase = await readValidationCase(stageFolder, id, { description, previousStageFolder });
    const { name, image, properties } = validationCase;
    const base = join(folder, name);
    const reference = join(options.preprocessedFolder, FILE_NAMES.groundTruth, `${name}.nii.gz`);
    if (evaluate) pairs.push({ test: `${base}.nii.gz`, reference });
    const write = evaluate && !isDone(base, options);
    const writeNext = nextStage && !existsSync(join(nextFolder, nextStageFileName(id)));
    if (!write && !writeNext) {
      clock.skip(1);
      continue;
    }
    const { mirroring, stepSize, gaussian } = options;
    const probabilities = await model.ensemble.predict(image, {
      mirroring,
      stepSize,
      gaussian,
      signal,
      onProgress: ({ done, total }) => {
        const share = done / total;
        const secondsLeft = clock.secondsLeft(share);
        options.onProgress?.({ caseId: id, casesDone: index, cases: val.length, share, secondsLeft });
      },
    });
    const { saveProbabilities } = options;
    if (write)
      await writePrediction(base, new Prediction(description, probabilities, properties), { saveProbabilities });
    if (writeNext) await writeNextStage(probabilities, id, description, options);
    clock.finish(1);
  }
  if (nextStage && validated !== null)
    await writeNextStageRecord(nextFolder, fold, { model: validated, finished: true });
  const { summary, regions } = evaluate
    ? await score(pairs, folder, { ...options, description, changes })
    : { summary: null, regions: null };
  if (evaluate) await copyReferences(options);
  if (summary !== null) await tellScores(summary, { folder, cases: val, description, foldFolder }, options);
  return { folder, cases: val, summary, regions };
}

function stageFolderOf(preprocessedFolder: string, { plans }: ModelDescription, stage: number): string {
  return join(preprocessedFolder, stageFolderName(plans.data_identifier, stage));
}

function isDone(base: string, { saveProbabilities }: ValidateFoldOptions): boolean {
  return existsSync(`${base}.nii.gz`) && (!saveProbabilities || existsSync(`${base}.npz`));
}

/** v1's keys of validation_args.json. */
function settingsOf(options: ValidateFoldOptions): Record<string, unknown> {
  return {
    do_mirroring: options.mirroring ?? true,
    use_sliding_window: true,
    step_size: options.stepSize ?? 0.5,
    save_softmax: options.saveProbabilities ?? false,
    use_gaussian: options.gaussian ?? true,
    overwrite: options.overwrite ?? true,
    validation_folder_name: options.validationFolder ?? FILE_NAMES.validation,
    all_in_gpu: false,
  };
}

/** Labels at the size of the next stage's prepared case, for the cascade. */
async function writeNextStage(
  probabilities: Tensor<Float32Array>,
  id: string,
  description: ModelDescription,
  options: ValidateFoldOptions,
): Promise<void> {
  const next = await openPreparedCase(
    stageFolderOf(options.preprocessedFolder, description, description.stage + 1),
    id,
  );
  const [, z, y, x] = next.shape;
  await next.close();
  const target = nextStageFolder(options.modelFolder);
  await writeNpzFile(join(target, nextStageFileName(id)), { data: labelsAtShape(probabilities, [z, y, x]) });
}

async function score(
  pairs: { test: string; reference: string }[],
  folder: string,
  {
    description,
    changes,
    preprocessedFolder,
    task,
    bareNaN,
    workers,
    metrics: registry,
    signal,
    onLog,
  }: ValidateFoldOptions & { description: ModelDescription; changes: string },
): Promise<{ summary: Summary; regions: RegionScores | null }> {
  onLog?.(`scoring ${counted(pairs.length, 'case')}`);
  const labels = Array.from({ length: description.plans.num_classes + 1 }, (_, label) => label);
  const { ignore_label: ignoreLabel } = description.plans;
  const judged = judgedRegions(description.plans);
  // Voxel by voxel, as v1 does, whatever the headers say: an error here would lose the training.
  const grid = { elsewhere: 'warn' } as const;
  const cases = await evaluateFiles({
    pairs,
    labels,
    regions: judged,
    ignoreLabel,
    registry,
    workers,
    signal,
    grid,
    onNotice: ({ text }) => onLog?.(text),
  });
  const summary = stampedSummary(cases, {
    name: `${description.trainer} val tiled True`,
    task,
    ignoreLabel,
    regions: judged,
    ...(changes === '' ? {} : { description: `trained with ${changes}` }),
  });
  await writeSummary(join(folder, 'summary.json'), summary, { bareNaN });
  const { regions } = description;
  if (!regions) return { summary, regions: null };
  const reference = join(preprocessedFolder, FILE_NAMES.groundTruth);
  return {
    summary,
    regions: await evaluateRegions({ reference, predictions: folder, regions, ignoreLabel, grid, signal }),
  };
}

async function tellScores(
  { results }: Summary,
  where: { folder: string; cases: string[]; description: ModelDescription; foldFolder: FoldFolder },
  { task, fold, listeners, onLog }: ValidateFoldOptions,
): Promise<void> {
  const { folder, cases, description, foldFolder } = where;
  const { trainer, configuration, plans, regions } = description;
  const classes = regions === undefined ? plans.all_classes.map(String) : Object.keys(regions);
  const validated = { cases, scores: results.mean, summaryFile: join(folder, 'summary.json') };
  const training = { task, configuration, fold, trainer, foldFolder: foldFolder.path, classes };
  await tellValidated(validated, training, { listeners, onLog });
}

/** Copies the references of all cases to `<model>/gt_niftis`, where later steps of the experiment look for them. */
async function copyReferences({ preprocessedFolder, modelFolder }: ValidateFoldOptions): Promise<void> {
  const from = join(preprocessedFolder, FILE_NAMES.groundTruth);
  const to = join(modelFolder, 'gt_niftis');
  await mkdir(to, { recursive: true });
  for (const name of await filesIn(from, '.nii.gz')) await copyFileAtomic(join(from, name), join(to, name));
}
