import { resolve } from 'node:path';
import type { Candidate } from '@nnunet/ensemble';
import { type BestConfiguration, findBestConfiguration } from '@nnunet/ensemble/node';
import { requireInteger } from '@nnunet/errors/internal';
import { type Compute, requireDevice } from '@nnunet/network/node';
import type { Roots } from '@nnunet/schema';
import { checkConfiguration, needRoot } from '@nnunet/schema/internal';
import { resolveTask } from '@nnunet/store/internal';
import { currentReferences } from './current-references.ts';
import { fourDigits } from './four-digits.ts';
import { labelNamesOf } from './label-names.ts';
import { plainTable } from './plain-table.ts';
import { predictMissingSoftmax } from './predict-missing-softmax.ts';
import type { Reporter } from './reporter.ts';
import { nameOf } from './score-table.ts';
import { foldsOfTask } from './task-folds.ts';

export interface CompareConfigurationsOptions {
  roots: Roots;
  /** Ids or names. */
  tasks: readonly string[];
  /** Configurations to compare. */
  models: readonly string[];
  trainer: string;
  cascadeTrainer: string;
  plansIdentifier: string;
  /** Default: the folds of the task's splits. */
  folds?: readonly number[];
  /** Throw if a configuration cannot be scored, instead of skipping it. */
  strict: boolean;
  disableEnsembling: boolean;
  disablePostprocessing: boolean;
  /** Score against the task's current labels if they differ from those that a model was scored against. */
  rescore?: boolean;
  /** Predict again the validation cases without stored probabilities. */
  predictMissing: boolean;
  /** Device and settings for predicting them. */
  compute?: Compute;
  /** Arguments appended to the printed commands. */
  commonArguments?: readonly string[];
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** The best of a task, and the names of its labels by value, as far as they are known. */
export type ComparedTask = BestConfiguration & { labelNames: Record<string, string> };

/**
 * Implements nnUNet_find_best_configuration, task by task (v1's figure_out_what_to_submit.py). Looks up all tasks
 * before processing the first.
 */
export async function compareConfigurations(options: CompareConfigurationsOptions): Promise<ComparedTask[]> {
  const { roots, models, folds, cascadeTrainer, trainer, reporter, signal, workers, compute } = options;
  const resultsFolder = resolve(needRoot(roots, 'results'));
  for (const fold of folds ?? []) requireInteger('folds', fold, 0);
  for (const configuration of models) checkConfiguration(configuration);
  if (options.predictMissing) await requireDevice(compute?.device ?? 'cpu');
  // Any of the folders may contain the name of a task, even if there are no results for it yet.
  const tasks: string[] = [];
  for (const task of options.tasks)
    tasks.push(await resolveTask(task, roots, 'nnUNetv2_find_best_configuration DATASET'));
  const found: ComparedTask[] = [];
  for (const task of tasks) {
    reporter.message(`${task} (rules of nnU-Net v1)`);
    const best = await findBestConfiguration({
      resultsFolder,
      task,
      models,
      trainers: { standard: trainer, cascade: cascadeTrainer },
      plans: options.plansIdentifier,
      folds: folds ?? (await foldsOfTask(roots, task)),
      strict: options.strict,
      disableEnsembling: options.disableEnsembling,
      disablePostprocessing: options.disablePostprocessing,
      currentReferences: currentReferences(roots, task),
      rescore: options.rescore,
      predictMissingSoftmax: options.predictMissing
        ? (missing) =>
            predictMissingSoftmax(missing, { roots, lowresTrainer: trainer, compute, workers, reporter, signal })
        : undefined,
      commonArguments: options.commonArguments,
      workers,
      signal,
      onProgress: ({ candidate, step, done, total }) =>
        reporter.progress({ what: `${shortName(candidate)}: ${step}`, done, total }),
      onWarning: (text) => reporter.warning(text),
    });
    found.push({ ...best, labelNames: await labelNamesOf(roots, task) });
  }
  return found;
}

/**
 * Formats the candidates with their cross-validation Dice per label or region as a plain-text table; the best are marked with an
 * asterisk.
 */
export function candidateTable(
  candidates: readonly Candidate[],
  best: readonly Candidate[],
  names: Readonly<Record<string, string>> = {},
): string {
  const labels = [...new Set(candidates.flatMap(({ dice }) => Object.keys(dice)))];
  const rows = [
    ['Dice', ...labels.map((key) => (/^\d+$/.test(key) ? nameOf(key, names) : key)), 'mean'],
    ...candidates.map((candidate) => [
      `${best.includes(candidate) ? '*' : ' '} ${shortName(candidate.name)}`,
      ...labels.map((label) => fourDigits(candidate.dice[label])),
      fourDigits(candidate.score),
    ]),
  ];
  return plainTable(rows).join('\n');
}

/** The names of ensembles repeat trainers and plans. */
function shortName(candidate: string): string {
  const parts = candidate.replace(/^ensemble_/, '').split('--');
  return parts.map((part) => part.split('__')[0]).join(' + ');
}
