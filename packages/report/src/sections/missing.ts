import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { readSplits } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import type { ReportData } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import type { ModelChoice } from '../trained-models.ts';

/** Number of folds of a task whose splits are not at hand. */
const USUAL_FOLDS = 5;

/** Says in sentences what of a whole experiment is not there, in the order of the sections that lack it. */
export async function whatIsMissing(
  task: ReportTask,
  { dataset, plans, trainings }: Pick<ReportData, 'dataset' | 'plans' | 'trainings'>,
  { trainer, plansIdentifier }: ModelChoice,
): Promise<string[]> {
  const said: string[] = [];
  if (task.raw === null) said.push('The raw data of the task were not found, so there are no pictures of its cases.');
  if (task.description === null) said.push('There is no dataset.json, so labels have no names.');
  if (dataset === null) said.push('No label maps of training cases were found, so nothing is known of what is usual.');
  if (plans === null) said.push(`The task is not planned yet: there are no plans ${plansIdentifier}.`);
  if (trainings.length === 0) {
    said.push(`Nothing is trained yet: there is no training by ${trainer} with ${plansIdentifier}.`);
  }
  const folds = trainings.length === 0 ? 0 : await foldCount(task);
  for (const training of trainings) {
    const { configuration, folds: trained } = training;
    const open = Array.from({ length: folds }, (_, k) => String(k)).filter(
      (k) => !trained.some(({ fold }) => fold === k),
    );
    // A training on all cases has no other folds.
    if (open.length > 0 && open.length < folds) {
      said.push(`${configuration}: ${foldsInWords(open)} not trained yet.`);
    }
    const unvalidated = trained.filter((fold) => fold.finished && fold.fold !== 'all' && fold.validation === null);
    if (unvalidated.length > 0) {
      said.push(`${configuration}: ${foldsInWords(unvalidated.map(({ fold }) => fold))} trained, but not validated.`);
    }
  }
  return said;
}

async function foldCount({ preprocessed }: ReportTask): Promise<number> {
  const file = preprocessed === null ? null : joinPath(preprocessed, FILE_NAMES.splits);
  return file !== null && jsonOrPickleExists(file) ? (await readSplits(file)).length : USUAL_FOLDS;
}

/** 'fold 2 is', 'folds 1, 2 are' */
function foldsInWords(folds: readonly string[]): string {
  return folds.length === 1 ? `fold ${folds[0]} is` : `folds ${folds.join(', ')} are`;
}
