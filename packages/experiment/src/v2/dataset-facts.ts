import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { configurationV2 } from '@nnunet/network/internal';
import { foldsIn, type PlansFile } from '@nnunet/pipeline/internal';
import { type DatasetV2, parseJsonWithNaN, type Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, knownRawFolder, preprocessedFolder } from '@nnunet/schema/internal';
import { jsonOrPickleExists, readDatasetV2 } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { ExperimentSettings, TaskFacts } from '../settings.ts';

type DatasetName = Pick<ExperimentSettings, 'task' | 'plansIdentifier'>;

/**
 * Reads what the files of a dataset of v2 say about its experiment.
 *
 * @throws NnUNetError 'missing-file' for a dataset without dataset.json; those of damaged files
 */
export async function factsOfDataset(roots: Roots, settings: DatasetName): Promise<TaskFacts> {
  const { labels, fileEnding, numTraining } = await readDescriptionV2(roots, settings.task);
  // Preparing takes the splits of the raw folder.
  const divided = foldersOf(roots, settings.task)
    .reverse()
    .find((folder) => jsonOrPickleExists(joinPath(folder, FILE_NAMES.splits)));
  const plans = await readPlansV2(roots, settings);
  return {
    folds: await foldsIn(divided ?? ''),
    undivided: divided === undefined ? numTraining : null,
    planned: plans === null ? null : Object.keys(plans.configurations),
    ...(plans !== null && { firstStages: plans.firstStages }),
    labels: labels.foreground,
    fileEnding,
  };
}

/** Plans of v2, as far as an experiment follows from them. */
export interface PlansOfDataset extends PlansFile {
  /** By name, with what they inherit. */
  configurations: Record<string, Record<string, unknown>>;
  /** Second stages of cascades with their first stages. */
  firstStages: Record<string, string>;
}

/** Reads the plans of a dataset; null if there are none. @throws NnUNetError 'bad-json', 'bad-plans' */
export async function readPlansV2(roots: Roots, settings: DatasetName): Promise<PlansOfDataset | null> {
  const file = plansFileOfV2(roots, settings);
  if (file === null || !existsSync(file)) return null;
  const content = Object(parseJsonWithNaN(await readTextFile(file), file)) as PlansFile['content'];
  const names = Object.keys(Object(content.configurations));
  const entries = names.map((name) => [name, { ...configurationV2(content, name, file) }] as const);
  const configurations = Object.fromEntries(entries) as PlansOfDataset['configurations'];
  const firstStages = entries.flatMap(([name, own]) => {
    const { previous_stage: before } = own as { previous_stage?: unknown };
    return typeof before === 'string' && before !== '' ? [[name, before] as const] : [];
  });
  return { file, content, configurations, firstStages: Object.fromEntries(firstStages) };
}

/** Where the plans of a dataset are or will be; null if that is not known. */
export function plansFileOfV2(roots: Roots, { task, plansIdentifier }: DatasetName): string | null {
  return roots.preprocessed === null ? null : joinPath(preprocessedFolder(roots, task), `${plansIdentifier}.json`);
}

/** Reads dataset.json of a dataset, raw or prepared. @throws NnUNetError 'missing-file'; those of damaged files */
export async function readDescriptionV2(roots: Roots, task: string): Promise<DatasetV2> {
  const folders = foldersOf(roots, task);
  const found = folders.map((folder) => joinPath(folder, FILE_NAMES.dataset)).find((file) => existsSync(file));
  if (found !== undefined) return readDatasetV2(found);
  throw new NnUNetError('missing-file', {
    what: `there is no ${FILE_NAMES.dataset} of ${task}`,
    where: folders.join(', '),
    remedy: 'Convert the dataset first (docs/dataset_conversion.md), and check `root`.',
  });
}

/** The raw folder and that of prepared data, where they are known. */
function foldersOf(roots: Roots, task: string): string[] {
  const raw = knownRawFolder(roots, task);
  return [...(raw === null ? [] : [raw]), ...(roots.preprocessed === null ? [] : [preprocessedFolder(roots, task)])];
}
