import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CHECKPOINT_SUFFIX, checkModelDescription } from '@nnunet/inference/internal';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import type { Summary } from '@nnunet/metrics';
import { meanWithoutNaN } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';
import { describeRule } from '@nnunet/pipeline/internal';
import { readPostprocessing } from '@nnunet/postprocess/node';
import type { DatasetDescription, Fold, ModelName, Plans, Roots } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetDescription, readPlans } from '@nnunet/store';
import type { TrainingSettings } from '@nnunet/trainer';
import { describeChangedSettings } from '@nnunet/trainer/internal';
import { dataOf, type ModelCard } from './model-card.ts';
import { regionScoresOf } from './region-scores.ts';

export interface DescribeTrainedModelOptions extends ModelName {
  roots: Roots;
  modelFolder: string;
  folds: readonly Fold[];
  /** Final checkpoint of each fold and the plans, below the model folder. */
  checkpoints: readonly string[];
  plansFile: string;
  /** What 8-bit integers cost with the preset quick, in words; null where floating point is used. */
  integers: string | null;
}

/**
 * Makes the card of a trained model from its own files and, if it is on this machine, the dataset description.
 *
 * @throws NnUNetError 'bad-plans', 'bad-checkpoint', 'bad-postprocessing', 'bad-summary'
 */
export async function describeTrainedModel(options: DescribeTrainedModelOptions): Promise<ModelCard> {
  const { roots, modelFolder, folds, configuration, task, trainer, plans: plansIdentifier } = options;
  const plans = await readPlans(join(modelFolder, options.plansFile));
  const { network, training } = await trainingsOf(options, plans);
  const dataset = await datasetOf(roots, task);
  const postprocessing = join(modelFolder, FILE_NAMES.postprocessing);
  return {
    format: 'nnunet-model-card',
    version: 1,
    exported: new Date().toISOString(),
    task,
    configuration,
    trainer,
    plans: plansIdentifier,
    folds: folds.map(String),
    data: dataOf(plans, dataset),
    network,
    training,
    scores:
      plans.regions === undefined
        ? await scoresOf(modelFolder, folds)
        : await regionScoresOf(modelFolder, folds, plans.regions),
    postprocessing: existsSync(postprocessing)
      ? describeRule(await readPostprocessing(postprocessing), dataset ?? {})
      : null,
    integers: options.integers,
  };
}

async function trainingsOf(
  { modelFolder, checkpoints, configuration }: DescribeTrainedModelOptions,
  plans: Plans,
): Promise<Pick<ModelCard, 'network' | 'training'>> {
  const stages = Object.keys(plans.plans_per_stage).map(Number);
  const last = configuration === '3d_lowres' ? Math.min(...stages) : Math.max(...stages);
  const network: ModelCard['network'] = {
    ...stageOf(plans, last),
    parameters: null,
    architecture: null,
    preprocessor: plans.preprocessor_name ?? 'GenericPreprocessor',
    regionClassOrder: null,
  };
  const training: ModelCard['training'] = [];
  for (const path of checkpoints) {
    const fold = dirname(path);
    if (!path.endsWith(CHECKPOINT_SUFFIX)) {
      training.push({ fold, epochs: null, changedSettings: null });
      continue;
    }
    const file = join(modelFolder, path);
    const { json, parameters } = await readCheckpointJson(file);
    const model = checkModelDescription(json.model, file);
    Object.assign(network, stageOf(model.plans, model.stage), {
      parameters,
      architecture: model.network.architecture,
      regionClassOrder: model.regionClassOrder,
    });
    const state = json.state as { epoch?: number; settings?: TrainingSettings } | undefined;
    training.push({
      fold,
      epochs: state?.epoch ?? null,
      changedSettings: state?.settings === undefined ? null : describeChangedSettings(state.settings),
    });
  }
  return { network, training };
}

function stageOf(plans: Plans, stage: number): Pick<ModelCard['network'], 'spacing' | 'patchSize' | 'batchSize'> {
  const { current_spacing: spacing, patch_size: patchSize, batch_size: batchSize } = plans.plans_per_stage[stage]!;
  return { spacing, patchSize, batchSize };
}

/** Reads dataset.json of the prepared or raw task; null if neither is on this machine. */
async function datasetOf(roots: Roots, task: string): Promise<DatasetDescription | null> {
  const folders = [
    roots.preprocessed === null ? null : preprocessedFolder(roots, task),
    roots.rawBase === null ? null : rawFolder(roots, task),
  ];
  for (const folder of folders) {
    const file = folder === null ? null : join(folder, FILE_NAMES.dataset);
    if (file !== null && existsSync(file)) return readDatasetDescription(file);
  }
  return null;
}

/** Returns the scores of all folds together if they were collected, otherwise those of the first validated fold. */
async function scoresOf(modelFolder: string, folds: readonly Fold[]): Promise<ModelCard['scores']> {
  const places = [
    ['the cross-validation', join(modelFolder, 'cv_niftis_raw')],
    ...folds.map((fold) => [
      fold === 'all' ? 'the training cases themselves, which says little' : `fold ${fold} alone`,
      join(modelFolder, foldFolderName(fold), FILE_NAMES.validation),
    ]),
  ] as [string, string][];
  for (const [from, folder] of places) {
    const file = join(folder, 'summary.json');
    if (existsSync(file)) return { from, ...diceOf(await readSummary(file)) };
  }
  return null;
}

function diceOf({ results: { all, mean } }: Summary): Omit<NonNullable<ModelCard['scores']>, 'from'> {
  const dice: Record<string, number | null> = {};
  for (const [label, scores] of Object.entries(mean))
    if (/^\d+$/.test(label) && label !== '0') dice[label] = finite(scores.Dice);
  const values = Object.values(dice).map((value) => value ?? Number.NaN);
  return { cases: all.length, dice, mean: finite(meanWithoutNaN(values)) };
}

function finite(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
