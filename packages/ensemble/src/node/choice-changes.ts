import { regionsOfModel } from '@nnunet/postprocess/node/internal';
import { FILE_NAMES, joinPath, modelFolder } from '@nnunet/schema/internal';
import { compareModel, readValidationRecord } from '@nnunet/store/internal';
import { type Choice, validatedWeights } from './choice.ts';
import { memberOf, rootsOf } from './find-best-options.ts';

/** What is no longer as it was when configurations were compared. */
export interface ChoiceChange {
  configuration: string;
  /** Folder of the fold; null where the whole configuration is meant. */
  fold: string | null;
  /**
   * The fold was validated again, or trained again and not validated; its validation is gone; the task asks for scores of
   * other regions; or the configuration was not compared, although all its folds are validated.
   */
  what: 'validated' | 'trained' | 'gone' | 'regions' | 'uncompared';
}

export interface ChangesOptions {
  /** Configurations that the comparison should contain, if they are validated. Default: those that it contains. */
  wanted?: readonly string[];
  /** Those whose weights are read, to see whether they are the validated ones. Default: none. */
  weightsOf?: readonly string[];
}

/**
 * Whether the compared folds still have the validations that a choice was made from, and were compared by the regions that
 * their task asks for.
 *
 * @param resultsFolder v1's RESULTS_FOLDER
 */
export async function isChoiceCurrent(resultsFolder: string, choice: Choice): Promise<boolean> {
  return (await changesSince(resultsFolder, choice)).length === 0;
}

/**
 * Lists what has changed since a choice was made.
 *
 * @param resultsFolder v1's RESULTS_FOLDER
 */
export async function changesSince(
  resultsFolder: string,
  choice: Choice,
  { wanted = [], weightsOf = [] }: ChangesOptions = {},
): Promise<ChoiceChange[]> {
  const search = { ...choice, roots: rootsOf(resultsFolder) };
  const classes = Object.keys(choice.best.dice).sort().join('\n');
  const changes: ChoiceChange[] = [];
  for (const [configuration, before] of Object.entries(choice.validated)) {
    const member = memberOf(configuration, choice);
    const folder = modelFolder(search.roots, { ...member, task: choice.task });
    const regions = await regionsOfModel(folder);
    if (regions !== undefined && Object.keys(regions).sort().join('\n') !== classes)
      changes.push({ configuration, fold: null, what: 'regions' });
    for (const [fold, sha256] of Object.entries(await validatedWeights(search, member))) {
      const validated = sha256 === (before[fold] ?? null);
      if (!validated) changes.push({ configuration, fold, what: sha256 === null ? 'gone' : 'validated' });
      else if (weightsOf.includes(configuration) && !(await isOfPresentModel(folder, fold)))
        changes.push({ configuration, fold, what: 'trained' });
    }
  }
  for (const configuration of wanted.filter((one) => !Object.hasOwn(choice.validated, one))) {
    const weights = Object.values(await validatedWeights(search, memberOf(configuration, choice)));
    if (weights.every((sha256) => sha256 !== null)) changes.push({ configuration, fold: null, what: 'uncompared' });
  }
  return changes;
}

/** Whether a fold was validated with the model that is there; true if its model was not recorded. */
async function isOfPresentModel(folder: string, fold: string): Promise<boolean> {
  const record = await readValidationRecord(joinPath(folder, fold, FILE_NAMES.validation));
  if (record === null || record.model === null) return true;
  return (await compareModel(joinPath(folder, fold), record.model)) === 'same';
}
