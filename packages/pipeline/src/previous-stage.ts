import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { Plans, Roots, Split } from '@nnunet/schema';
import {
  DEFAULT_PLANS_IDENTIFIER,
  FILE_NAMES,
  foldFolderName,
  modelFolder,
  nextStageFileName,
  nextStageFolder,
  preprocessedFolder,
  stageFolderName,
} from '@nnunet/schema/internal';
import { listCases, readSplits } from '@nnunet/store';
import { jsonOrPickleExists, requireOwnNextStage } from '@nnunet/store/internal';

export interface PreviousStageOptions {
  roots: Roots;
  task: string;
  /** Trainer of 3d_lowres. */
  trainer: string;
  plansIdentifier: string;
  plans: Plans;
}

/**
 * Returns the folder of 3d_lowres predictions for training the cascade, after checking that it contains every case.
 *
 * @throws NnUNetError 'missing-previous-stage' naming the folds of 3d_lowres to train, 'stale-previous-stage'
 *
 * Origin: v1's run_training, which checks the folder, and its cascade trainer, which checks each file.
 */
export async function previousStageFolder(options: PreviousStageOptions): Promise<string> {
  const { roots, task, trainer, plansIdentifier, plans } = options;
  const taskFolder = join(preprocessedFolder(roots), task);
  const lowres = modelFolder(roots, { configuration: '3d_lowres', task, trainer, plans: plansIdentifier });
  const folder = nextStageFolder(lowres);
  const stage = Object.keys(plans.plans_per_stage).length - 1;
  const cases = await listCases(join(taskFolder, stageFolderName(plans.data_identifier, stage)));
  const missing = new Set(cases.filter((id) => !existsSync(join(folder, nextStageFileName(id)))));
  if (missing.size === 0) {
    await requireOwnNextStage(folder, lowres);
    return folder;
  }
  const splitsFile = join(taskFolder, FILE_NAMES.splits);
  const splits = jsonOrPickleExists(splitsFile) ? await readSplits(splitsFile) : null;
  throw new NnUNetError('missing-previous-stage', {
    what: `seg from prev stage missing: the cascade needs the predictions of 3d_lowres (${trainer}) for every case, but ${missing.size} of ${cases.length} are missing${onlyAll(lowres)}`,
    where: folder,
    remedy: remedyFor(missing, splits, { task, trainer, lowres, plansIdentifier }),
  });
}

/** Explains if 3d_lowres was trained, but not in a way that the cascade can use. */
function onlyAll(lowres: string): string {
  const trainedOnAll = existsSync(join(lowres, foldFolderName('all')));
  return trainedOnAll
    ? '; a model of fold "all" cannot provide them, because it has seen the cases that it would predict'
    : '';
}

function remedyFor(
  missing: ReadonlySet<string>,
  splits: readonly Split[] | null,
  {
    task,
    trainer,
    lowres,
    plansIdentifier,
  }: { task: string; trainer: string; lowres: string; plansIdentifier: string },
): string {
  const plans = plansIdentifier === DEFAULT_PLANS_IDENTIFIER ? '' : ` \`plansIdentifier\` ${plansIdentifier}`;
  const train = (fold: number | string) => `nnUNet_train 3d_lowres ${trainer} ${task} ${fold}${plans}`;
  if (splits === null) return `Train the five folds of 3d_lowres: ${train('FOLD')} for FOLD 0 to 4.`;
  const folds = splits.flatMap(({ val }, k) => (val.some((id) => missing.has(id)) ? [k] : []));
  const forgotten = [...missing].filter((id) => !splits.some(({ val }) => val.includes(id)));
  if (forgotten.length > 0) {
    return `No fold validates ${forgotten.slice(0, 5).join(', ')}${forgotten.length > 5 ? ', …' : ''}: correct splits_final.json (nnUNet_splits \`checkTaskSplits\` lists its faults), then train 3d_lowres again.`;
  }
  const finished = folds.filter((k) =>
    existsSync(join(lowres, foldFolderName(k), 'model_final_checkpoint.safetensors')),
  );
  const rest = folds.filter((k) => !finished.includes(k));
  const parts: string[] = [];
  if (rest.length > 0) parts.push(`Train fold ${rest.join(', ')} of 3d_lowres: ${train(rest[0]!)}`);
  if (finished.length > 0) {
    parts.push(
      `${rest.length > 0 ? 'and predict' : 'Predict'} for the cascade with the finished fold ${finished.join(', ')}: ${train(finished[0]!)} \`validationOnly\``,
    );
  }
  return `${parts.join('; ')}.`;
}
