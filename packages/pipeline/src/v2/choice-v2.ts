import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Choice, readChoiceFile, writeChoiceFile } from '@nnunet/ensemble/node';
import { type Fold, formatJson, type Roots } from '@nnunet/schema';
import { datasetModelFolder, datasetModelsFolder, FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { readValidatedWeights } from '@nnunet/store/internal';
import { NAMES_V2 } from '@nnunet/trainer/node/internal';

/** Models of a dataset of v2 that differ in their configurations alone. */
export interface ComparedModelsV2 {
  roots: Roots;
  /** `DatasetNNN_NAME` */
  dataset: string;
  trainer: string;
  /** Name of the plans. */
  plans: string;
}

/**
 * `<results>/<DATASET>/ensembles/best_<TRAINER>__<PLANS>.json`. v2's inference_information.json is that of the last
 * comparison of any models, and does not say which weights were compared.
 */
function choiceFileV2({ roots, dataset, trainer, plans }: ComparedModelsV2): string {
  return joinPath(datasetModelsFolder(roots, dataset), 'ensembles', `best_${trainer}__${plans}.json`);
}

/** Reads the last choice among configurations of these models; null if there is none. @throws NnUNetError 'bad-choice' */
export function readChoiceV2(models: ComparedModelsV2): Promise<Choice | null> {
  return readChoiceFile(choiceFileV2(models));
}

/** Writes down what was chosen, and from which models. */
export async function writeChoiceV2(
  models: ComparedModelsV2,
  { folds, candidates, best }: Pick<Choice, 'folds' | 'candidates' | 'best'>,
): Promise<void> {
  const { dataset: task, trainer, plans } = models;
  const configurations = new Set(candidates.flatMap(({ members }) => members));
  const file = choiceFileV2(models);
  // A single configuration has no ensembles beside it.
  await mkdir(dirname(file), { recursive: true });
  await writeChoiceFile(file, {
    ...{ task, trainer, cascadeTrainer: trainer, plans, folds, candidates, best },
    validated: await validatedModels(models, [...configurations], folds),
  });
}

/** Whether the compared folds still have the validations that a choice was made from, and its postprocessing is there. */
export async function isChoiceCurrentV2(
  models: ComparedModelsV2,
  { best, folds, validated }: Choice,
): Promise<boolean> {
  const { postprocessingFile } = best;
  if (postprocessingFile !== null && !existsSync(postprocessingFile)) return false;
  return formatJson(await validatedModels(models, Object.keys(validated), folds)) === formatJson(validated);
}

/** SHA-256 of the weights that each fold was validated with, by configuration; null if that is not known. */
async function validatedModels(
  { roots, dataset: task, trainer, plans }: ComparedModelsV2,
  configurations: readonly string[],
  folds: readonly Fold[],
): Promise<Choice['validated']> {
  const validated: Choice['validated'] = {};
  for (const configuration of configurations) {
    const folder = datasetModelFolder(roots, { task, trainer, plans, configuration });
    validated[configuration] = await readValidatedWeights(folder, folds.map(NAMES_V2.folder), FILE_NAMES.validationV2);
  }
  return validated;
}
