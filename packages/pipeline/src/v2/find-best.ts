import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import { evaluateFolderV2 } from '@nnunet/metrics/node';
import { foregroundDiceV2, type SummaryV2 } from '@nnunet/metrics/v2';
import { type Fold, parseJsonWithNaN } from '@nnunet/schema';
import {
  datasetModelsFolder,
  FILE_NAMES,
  formatPythonJson,
  joinPath,
  PythonFloat,
  preprocessedFolder,
} from '@nnunet/schema/internal';
import { resolveDataset } from '@nnunet/store/internal';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { allInOrder } from '../all-in-order.ts';
import { fourDigits } from '../four-digits.ts';
import { writeChoiceV2 } from './choice-v2.ts';
import {
  type CrossValidationOptions,
  collectCrossValidation,
  crossValidationFolder,
  validationFiles,
} from './cross-validation.ts';
import { mergeCasesV2 } from './ensemble-files.ts';
import { scoredIn } from './evaluate-predictions.ts';
import { inferenceInstructions, type SelectedModel } from './inference-instructions.ts';
import { isNewer } from './is-newer.ts';
import { determinePostprocessingV2 } from './postprocessing.ts';
import { PLANS_V2, readPredictionFiles } from './prediction-files.ts';

export interface FindBestV2Options extends CrossValidationOptions {
  /** Id or name. */
  dataset: string;
  trainers: readonly string[];
  configurations: readonly string[];
  plans: readonly string[];
  ensembling: boolean;
  /** Collect and merge again what is there, also if it is newer than every validation. */
  overwrite: boolean;
}

/** A model or ensemble, and where its cross-validation is. */
export interface ScoredV2 {
  name: string;
  models: readonly SelectedModel[];
  folder: string;
  /** Mean Dice of the classes that occur in any case. */
  dice: number;
  /** Mean Dice by the keys of classes in summary.json. */
  classDice: Readonly<Record<string, number>>;
}

/** What was found. */
export interface FoundBestV2 {
  all: readonly ScoredV2[];
  best: ScoredV2;
  /** inference_instructions.txt, and its content. */
  instructionsFile: string;
  instructions: string;
}

/**
 * Implements nnUNetv2_find_best_configuration: scores the cross-validation of models and of ensembles of two, determines
 * the postprocessing of the best, and writes inference_information.json and inference_instructions.txt. What was chosen
 * among configurations of one trainer and plans is also written down for programs.
 * Origin: v2's evaluation/find_best_configuration.py. For a cascade, the instructions have the command of its first
 * stage too, which v2 leaves out; classes that occur nowhere are left out of the scores, which they make NaN in v2.
 *
 * @throws NnUNetError 'missing-file' without plans, 'missing-folder' for a model that is not trained, 'missing-folds';
 * 'no-candidates' if the plans have none of the configurations
 */
export async function findBestV2(options: FindBestV2Options): Promise<FoundBestV2> {
  const { roots, folds, workers, overwrite, ensembling, reporter } = options;
  requireInteger('workers', workers, 1);
  const dataset = await resolveDataset(options.dataset, roots, 'nnUNet_find_best_configuration -t TASK');
  reporter.message(`${dataset} (rules of nnU-Net v2)`);
  const results = datasetModelsFolder(roots, dataset);
  const models = await candidatesOf(dataset, results, options);
  const all: ScoredV2[] = [];
  for (const model of models) {
    const modelFolder = joinPath(results, nameOf(model));
    const folder = crossValidationFolder(modelFolder, folds);
    const summary = await collectCrossValidation({ ...options, modelFolder, folder, overwrite });
    all.push({ name: nameOf(model), models: [model], folder, ...diceOf(summary) });
  }
  for (const [i, first] of (ensembling ? models : []).entries())
    for (const second of models.slice(i + 1)) all.push(await scoreEnsemble([first, second], results, options));
  for (const { name, dice } of all) reporter.message(`${name}: ${fourDigits(dice)}`);
  // The first of equal ones: single models come first.
  const best = all.reduce((a, b) => (b.dice > a.dice || (Number.isNaN(a.dice) && !Number.isNaN(b.dice)) ? b : a));
  const determined = await determinePostprocessingV2({
    ...options,
    folder: best.folder,
    reference: joinPath(preprocessedFolder(roots, dataset), FILE_NAMES.groundTruth),
    keepPostprocessed: true,
  });
  const information = {
    folds: folds.map((fold) => (fold === 'all' ? fold : Number(fold))),
    dataset_name_or_id: dataset,
    considered_models: models.map(({ configuration, plans, trainer }) => ({ configuration, plans, trainer })),
    ensembling_allowed: ensembling,
    all_results: Object.fromEntries(all.map(({ name, dice }) => [name, new PythonFloat(dice)])),
    best_model_or_ensemble: {
      result_on_crossval_pre_pp: new PythonFloat(best.dice),
      result_on_crossval_post_pp: new PythonFloat(determined.after),
      postprocessing_file: determined.file,
      some_plans_file: joinPath(best.folder, PLANS_V2),
      selected_model_or_models: best.models.map(({ configuration, plans, trainer }) => ({
        configuration,
        trainer,
        plans_identifier: plans,
      })),
    },
  };
  await writeFileAtomic(joinPath(results, 'inference_information.json'), formatPythonJson(information));
  const { best_model_or_ensemble: chosen } = information;
  const instructions = inferenceInstructions({
    dataset,
    folds,
    models: best.models,
    postprocessingFile: chosen.postprocessing_file,
    plansFile: chosen.some_plans_file,
  });
  const instructionsFile = joinPath(results, 'inference_instructions.txt');
  await writeFileAtomic(instructionsFile, instructions);
  const [trainer, ...trainers] = options.trainers;
  const [plans, ...more] = options.plans;
  if (trainers.length === 0 && more.length === 0) {
    const candidateOf = ({ name, models: members, classDice, dice: score }: ScoredV2) => {
      return { name, members: members.map(({ configuration }) => configuration), dice: { ...classDice }, score };
    };
    await writeChoiceV2(
      { roots, dataset, trainer: trainer!, plans: plans! },
      {
        folds: information.folds as Fold[],
        candidates: all.map(candidateOf),
        best: { ...candidateOf(best), postprocessingFile: determined.file },
      },
    );
  }
  return { all, best, instructionsFile, instructions };
}

function nameOf({ trainer, plans, configuration }: SelectedModel): string {
  return `${trainer}__${plans}__${configuration}`;
}

/** Trained models of all trainers, configurations and plans, in v2's order. */
async function candidatesOf(dataset: string, results: string, options: FindBestV2Options): Promise<SelectedModel[]> {
  const { roots, trainers, configurations, plans: identifiers, reporter } = options;
  const prepared = preprocessedFolder(roots, dataset);
  const models: SelectedModel[] = [];
  for (const trainer of trainers)
    for (const configuration of configurations)
      for (const plans of identifiers) {
        const file = joinPath(prepared, `${plans}.json`);
        const content = Object(parseJsonWithNaN(await readTextFile(file), file)).configurations;
        const known = Object(content) as Record<string, { previous_stage?: unknown } | undefined>;
        if (!Object.hasOwn(known, configuration)) {
          reporter.message(`${plans} has no configuration ${configuration}; it is left out`);
          continue;
        }
        const previous = known[configuration]?.previous_stage;
        const model = { trainer, plans, configuration, previousStage: typeof previous === 'string' ? previous : null };
        if (!existsSync(joinPath(results, nameOf(model)))) {
          throw new NnUNetError('missing-folder', {
            what: 'this model is not trained',
            where: joinPath(results, nameOf(model)),
            remedy: 'Train it with all folds, or choose others with `configurations`.',
          });
        }
        models.push(model);
      }
  if (models.length > 0) return models;
  throw new NnUNetError('missing-folder', {
    what: `the plans have none of the configurations ${configurations.join(', ')}`,
    where: prepared,
    remedy: 'Choose others with `configurations`.',
  });
}

/** Merges and scores the cross-validation of models, whose folds may differ. */
async function scoreEnsemble(
  models: readonly SelectedModel[],
  results: string,
  options: FindBestV2Options,
): Promise<ScoredV2> {
  const { roots, folds, overwrite, workers, reporter, signal, extensions } = options;
  const names = models.map(nameOf);
  const name = `ensemble___${names.join('___')}___${folds.join('_')}`;
  const folder = joinPath(results, 'ensembles', name);
  const maps = await allInOrder(names.map((one) => validationFiles(joinPath(results, one), folds, '.npz')));
  const ids = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
  maps.forEach((map, i) => {
    const missing = ids.filter((id) => !map.has(id));
    if (missing.length === 0) return;
    throw new NnUNetError('missing-folds', {
      what: `the folds lack the probabilities of ${listed(missing)}`,
      where: joinPath(results, names[i]!),
      remedy:
        'Both models must have the same cases: choose the folds with `folds`, or make no ensembles (`ensembling: false`).',
    });
  });
  const files = await readPredictionFiles({ folder: joinPath(results, names[0]!), extensions });
  const bases = ids.map((id) => ({ id: id.slice(0, -4), bases: maps.map((map) => map.get(id)!.slice(0, -4)) }));
  if (overwrite) await rm(folder, { recursive: true, force: true });
  const pending: typeof bases = [];
  for (const one of bases) {
    const merged = joinPath(folder, one.id + files.dataset.fileEnding);
    const probabilities = one.bases.map((base) => `${base}.npz`);
    if (!(await isNewer(merged, probabilities))) pending.push(one);
  }
  await mergeCasesV2(pending, { outputFolder: folder, saveProbabilities: false, files, workers, reporter, signal });
  const summary = await evaluateFolderV2({
    ...scoredIn(files.dataset),
    reference: joinPath(preprocessedFolder(roots, basename(results)), FILE_NAMES.groundTruth),
    predictions: folder,
    formats: files.formats,
    chill: true,
    workers,
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
  });
  return { name, models, folder, ...diceOf(summary) };
}

function diceOf(summary: SummaryV2): Pick<ScoredV2, 'dice' | 'classDice'> {
  const classDice = Object.fromEntries(Object.entries(summary.mean).map(([key, { Dice }]) => [key, Dice]));
  return { dice: foregroundDiceV2(summary), classDice };
}
