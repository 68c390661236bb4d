import { join } from 'node:path';
import type { PostprocessingRule } from '@nnunet/postprocess';
import { consolidateFolds } from '@nnunet/postprocess/node';
import { updateReferences } from '@nnunet/postprocess/node/internal';
import type { Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  type DatasetLabels,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_TRAINER,
  FILE_NAMES,
  modelFolder,
  parseFold,
} from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import { resolveTask } from '@nnunet/store/internal';
import { currentReferences } from './current-references.ts';
import { datasetFileOf } from './label-names.ts';
import type { Reporter } from './reporter.ts';
import { foldsOfTask } from './task-folds.ts';

export interface ConsolidateModelOptions {
  roots: Roots;
  configuration: string;
  /** Id or name. */
  task: string;
  /** Default: that of the configuration. */
  trainer?: string;
  plansIdentifier: string;
  /** Name of the folder of predictions in each fold. */
  validationFolder: string;
  /** Default: the folds of the task's splits. */
  folds?: readonly string[];
  /** Write summary.json with v1's bare NaN. */
  bareNaN?: boolean;
  /** Score against the task's current labels if they differ from those that the model was scored against. */
  rescore?: boolean;
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNet_determine_postprocessing: collects the validation cases of all folds, scores them, and decides
 * which components to remove (v1's consolidate_postprocessing_simple.py). Returns the file and the decision in words.
 */
export async function consolidateModel(options: ConsolidateModelOptions): Promise<{ file: string; decision: string }> {
  const { roots, plansIdentifier: plans, validationFolder, workers, reporter, signal } = options;
  const configuration = checkConfiguration(options.configuration);
  const usual = configuration === '3d_cascade_fullres' ? DEFAULT_CASCADE_TRAINER : DEFAULT_TRAINER;
  const folds = options.folds?.map(parseFold);
  const task = await resolveTask(options.task, roots, 'nnUNetv2_find_best_configuration DATASET');
  const folder = modelFolder(roots, { configuration, task, trainer: options.trainer ?? usual, plans });
  reporter.message(`${folder} (rules of nnU-Net v1)`);
  await updateReferences({
    modelFolder: folder,
    current: currentReferences(roots, task) ?? null,
    rescore: options.rescore ?? false,
    onWarning: (text) => reporter.warning(text),
  });
  const { rule } = await consolidateFolds({
    modelFolder: folder,
    folds: folds ?? (await foldsOfTask(roots, task)),
    validationFolder,
    bareNaN: options.bareNaN,
    workers,
    signal,
    onProgress: ({ step, done, total }) => reporter.progress({ what: step, done, total }),
  });
  return { file: join(folder, FILE_NAMES.postprocessing), decision: describeRule(rule, await labelsOf(roots, task)) };
}

/** What the dataset.json of a task says of its labels; nothing, where it is not available. */
async function labelsOf(roots: Roots, task: string): Promise<Partial<DatasetLabels>> {
  const file = datasetFileOf(roots, task);
  return file === undefined ? {} : readDatasetDescription(file);
}

/** Describes a postprocessing rule in a sentence. @param known names of labels and regions. Default: none are known */
export function describeRule(
  { entries }: PostprocessingRule,
  { labels = {}, regions = [] }: Partial<Pick<DatasetLabels, 'labels' | 'regions'>> = {},
): string {
  if (entries.length === 0) return 'nothing is removed, because it would not improve the cross-validation';
  const parts = entries.map((entry) => {
    const values = [entry].flat();
    const one = values.length === 1;
    const numbers = one ? `label ${values[0]}` : `labels ${values.join(', ')} taken together`;
    const ordered = (all: readonly number[]) => [...all].sort((a, b) => a - b).join();
    const region = regions.find((known) => ordered(known.values) === ordered(values));
    const name = region?.name ?? (one ? labels[values[0]!] : undefined);
    // A label without a name of its own is called by its number.
    return name === undefined || name === `label ${values[0]}` ? `of ${numbers}` : `of ${name} (${numbers})`;
  });
  return `all but the largest component is removed ${parts.join(', then ')}`;
}
