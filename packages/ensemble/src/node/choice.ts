import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Fold, formatJson, parseJsonWithNaN } from '@nnunet/schema';
import {
  checkSchema,
  ensemblesFolder,
  FILE_NAMES,
  foldFolderName,
  joinPath,
  modelFolder,
} from '@nnunet/schema/internal';
import { readValidatedWeights } from '@nnunet/store/internal';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import * as v from 'valibot';
import type { Candidate, TrainedConfiguration } from '../candidate.ts';
import { rootsOf, type Search } from './find-best-options.ts';

/** The trainers and plans that a comparison is about; together with the task they name its file. */
export interface ComparedModels {
  task: string;
  trainer: string;
  cascadeTrainer: string;
  /** Plans identifier. */
  plans: string;
}

/** A candidate as programs read it. */
export interface ChoiceCandidate {
  name: string;
  /** Configurations. */
  members: string[];
  /** Dice per foreground label; NaN if undefined. */
  dice: Record<string, number>;
  /** Plain mean of `dice`. */
  score: number;
}

/** What nnUNet_find_best_configuration decided, and from what. Not in v1. */
export interface Choice extends ComparedModels {
  folds: Fold[];
  candidates: ChoiceCandidate[];
  /** The best candidate, the first of several that tie. */
  best: ChoiceCandidate & {
    /** Path of the postprocessing.json of an ensemble; null: none, or that of the single model. */
    postprocessingFile: string | null;
  };
  /** By configuration and folder of the fold: SHA-256 of the validated weights; null if that was not recorded. */
  validated: Record<string, Record<string, string | null>>;
}

const number = v.pipe(
  v.nullable(v.number('a number expected')),
  v.transform((value) => value ?? Number.NaN),
);
const candidate = {
  name: v.string('a name expected'),
  members: v.array(v.string('a configuration expected'), 'a list of configurations expected'),
  dice: v.record(v.string(), number, 'an object from label to Dice expected'),
  score: number,
};
const schema = v.looseObject({
  task: v.string('a task expected'),
  trainer: v.string('a trainer expected'),
  cascadeTrainer: v.string('a trainer expected'),
  plans: v.string('an identifier of plans expected'),
  folds: v.array(v.union([v.number(), v.literal('all')], 'a fold expected'), 'a list of folds expected'),
  candidates: v.array(v.looseObject(candidate), 'a list of candidates expected'),
  best: v.looseObject({ ...candidate, postprocessingFile: v.nullable(v.string('a path or null expected')) }),
  validated: v.record(
    v.string(),
    v.record(v.string(), v.nullable(v.string('a SHA-256 or null expected'))),
    'an object from configuration to folds expected',
  ),
});

/** `<ensembles>/<TASK>/best_<TRAINER>__<CASCADE TRAINER>__<PLANS>.json`: experiments with other models have their own. */
function choiceFile(resultsFolder: string, { task, trainer, cascadeTrainer, plans }: ComparedModels): string {
  return joinPath(ensemblesFolder(rootsOf(resultsFolder), task), `best_${trainer}__${cascadeTrainer}__${plans}.json`);
}

/**
 * Reads the last choice among these models; null if there is none.
 *
 * @param resultsFolder v1's RESULTS_FOLDER
 * @throws NnUNetError 'bad-json', 'bad-choice'
 */
export async function readChoice(resultsFolder: string, models: ComparedModels): Promise<Choice | null> {
  return readChoiceFile(choiceFile(resultsFolder, models));
}

/** Reads a choice; null if there is none. @throws NnUNetError 'bad-json', 'bad-choice' */
export async function readChoiceFile(file: string): Promise<Choice | null> {
  if (!existsSync(file)) return null;
  const remedy = 'Delete this file and compare the configurations again.';
  const stored = checkSchema(schema, parseJsonWithNaN(await readTextFile(file), file), {
    file,
    tag: 'bad-choice',
    remedy,
  });
  const { postprocessingFile } = stored.best;
  const path = postprocessingFile === null ? null : join(dirname(file), postprocessingFile);
  return { ...stored, best: { ...stored.best, postprocessingFile: path } };
}

/** Writes a choice. Paths are stored relative to the file, because results may be moved. */
export async function writeChoiceFile(file: string, choice: Choice): Promise<void> {
  const { postprocessingFile: path } = choice.best;
  const postprocessingFile = path === null ? null : relative(dirname(file), path).replaceAll('\\', '/');
  await writeFileAtomic(file, formatJson({ ...choice, best: { ...choice.best, postprocessingFile } }));
}

/** Writes a choice for programs. */
export async function writeChoice(
  search: Search,
  validated: Choice['validated'],
  candidates: readonly Candidate[],
  best: Candidate,
): Promise<void> {
  const { task, trainer, cascadeTrainer, plans, folds, disablePostprocessing, resultsFolder } = search;
  const inFile = ({ name, members, dice, score }: Candidate): ChoiceCandidate => {
    return { name, members: members.map(({ configuration }) => configuration), dice: { ...dice }, score };
  };
  const own = best.members.length === 1 || disablePostprocessing;
  const choice: Choice = {
    ...{ task, trainer, cascadeTrainer, plans },
    folds: [...folds],
    candidates: candidates.map(inFile),
    best: {
      ...inFile(best),
      postprocessingFile: own
        ? null
        : joinPath(dirname(choiceFile(resultsFolder, search)), best.name, FILE_NAMES.postprocessing),
    },
    validated,
  };
  await writeChoiceFile(choiceFile(resultsFolder, choice), choice);
}

/** Returns the SHA-256 of the weights that each fold of a configuration was validated with. */
export function validatedWeights(
  { roots, task, folds }: Pick<Search, 'roots' | 'task' | 'folds'>,
  member: TrainedConfiguration,
): Promise<Record<string, string | null>> {
  return readValidatedWeights(
    modelFolder(roots, { ...member, task }),
    folds.map(foldFolderName),
    FILE_NAMES.validation,
  );
}
