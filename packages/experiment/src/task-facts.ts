import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { foldsOfTask } from '@nnunet/pipeline/internal';
import type { Configuration, DatasetDescription, Roots } from '@nnunet/schema';
import { foregroundLabels } from '@nnunet/schema';
import { FILE_NAMES, joinPath, plansFileName, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetDescription, readPlans } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import { PLANNER_OPTIONS } from './planner-options.ts';
import type { ExperimentSettings, TaskFacts } from './settings.ts';
import { optionValue } from './typed-arguments.ts';

/**
 * Reads what the files of a task of v1 say about its experiment.
 *
 * @throws NnUNetError 'missing-file' for a task without dataset.json; those of damaged files
 */
export async function factsOfTask(
  roots: Roots,
  settings: Pick<ExperimentSettings, 'task' | 'plansIdentifier' | 'arguments'>,
): Promise<TaskFacts> {
  const { task } = settings;
  const description = await readDescription(roots, task);
  return {
    folds: await foldsOfTask(roots, task),
    undivided: isDivided(roots, task) ? null : description.training.length,
    planned: await plannedConfigurations(roots, settings),
    labels: foregroundLabels(description),
  };
}

function isDivided(roots: Roots, task: string): boolean {
  return jsonOrPickleExists(joinPath(preprocessedFolder(roots, task), FILE_NAMES.splits));
}

async function plannedConfigurations(
  roots: Roots,
  settings: Pick<ExperimentSettings, 'task' | 'plansIdentifier' | 'arguments'>,
): Promise<Configuration[] | null> {
  const { prepare = [] } = settings.arguments;
  const found: Configuration[] = [];
  for (const dimensions of ['2D', '3D'] as const) {
    const file = plansFileOf(roots, settings, dimensions);
    if (jsonOrPickleExists(file)) {
      if (dimensions === '2D') found.push('2d');
      else {
        const stages = Object.keys((await readPlans(file)).plans_per_stage).length;
        found.push(
          ...(stages > 1 ? (['3d_lowres', '3d_fullres', '3d_cascade_fullres'] as const) : (['3d_fullres'] as const)),
        );
      }
    } else if (optionValue(prepare, PLANNER_OPTIONS[dimensions].flags) !== 'None') return null;
  }
  return found;
}

/** Where the plans of an experiment are or will be, as JSON. */
export function plansFileOf(
  roots: Roots,
  { task, plansIdentifier }: Pick<ExperimentSettings, 'task' | 'plansIdentifier'>,
  dimensions: '2D' | '3D',
): string {
  return joinPath(preprocessedFolder(roots, task), plansFileName(dimensions, plansIdentifier));
}

/** Reads dataset.json of a task, raw or prepared. @throws NnUNetError 'missing-file'; those of damaged files */
export async function readDescription(roots: Roots, task: string): Promise<DatasetDescription> {
  const folders = [
    ...(roots.rawBase === null ? [] : [rawFolder(roots, task)]),
    ...(roots.preprocessed === null ? [] : [preprocessedFolder(roots, task)]),
  ];
  for (const folder of folders) {
    const file = joinPath(folder, FILE_NAMES.dataset);
    if (existsSync(file)) return readDatasetDescription(file);
  }
  throw new NnUNetError('missing-file', {
    what: `there is no ${FILE_NAMES.dataset} of ${task}`,
    where: folders.join(', '),
    remedy: 'Convert the dataset first (docs/dataset_conversion.md), and check `root`.',
  });
}
