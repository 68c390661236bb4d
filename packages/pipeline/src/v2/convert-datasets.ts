import { type ConvertedDataset, datasetToV1, decathlonToV2, type PathVariables, taskToV2 } from '@nnunet/dataset/node';
import type { Roots } from '@nnunet/schema';
import { needRoot, rawDatasetsFolder, rawFolder } from '@nnunet/schema/internal';
import { resolveDataset } from '@nnunet/store/internal';
import type { Reporter } from '../reporter.ts';

export interface ConvertToV2Options {
  roots: Roots;
  /** The folder to convert; only read. */
  input: string;
  /** Files converted at the same time. Default: 2. */
  concurrency?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNetv2_convert_MSD_dataset. Returns the new raw folder.
 * @param options `outputId`: default the input's
 */
export async function convertDecathlonToV2(options: ConvertToV2Options & { outputId?: number }): Promise<string> {
  const rawDatasets = rawDatasetsFolder(options.roots);
  return told(options.reporter, (onProgress) => decathlonToV2({ ...options, rawDatasets, onProgress }));
}

/**
 * Implements nnUNetv2_convert_old_nnUNet_dataset. Returns the new raw folder.
 * @param options `name`: `DatasetNNN_NAME`
 */
export async function convertTaskToV2(options: ConvertToV2Options & { name: string }): Promise<string> {
  const rawDatasets = rawDatasetsFolder(options.roots);
  return told(options.reporter, (onProgress) => taskToV2({ ...options, rawDatasets, onProgress }));
}

export interface ConvertToV1Options extends Omit<ConvertToV2Options, 'input'> {
  /** Id or name of the dataset. */
  dataset: string | number;
  /** Id of the new task. Default: the dataset's. */
  outputId?: number;
  /** Variables that paths in dataset.json may name. */
  variables?: PathVariables;
}

/** Implements nnUNet_convert_dataset_from_v2. Returns the raw folder of the new task of v1. */
export async function convertDatasetToV1(options: ConvertToV1Options): Promise<string> {
  const { roots, reporter } = options;
  const rawBase = needRoot(roots, 'rawBase');
  const name = await resolveDataset(options.dataset, roots);
  const input = rawFolder(roots, name);
  return told(reporter, (onProgress) => datasetToV1({ ...options, input, name, rawBase, onProgress }));
}

async function told(
  reporter: Reporter,
  convert: (onProgress: (progress: { done: number; total: number }) => void) => Promise<ConvertedDataset>,
): Promise<string> {
  const { folder, skipped } = await convert(({ done, total }) =>
    reporter.progress({ what: 'converting', done, total }),
  );
  if (skipped.length > 0) reporter.message(`ignored, because they are not image files: ${skipped.join(', ')}`);
  return folder;
}
