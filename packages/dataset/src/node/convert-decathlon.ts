import { resolve, sep } from 'node:path';
import { usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { parseDatasetDescription } from '@nnunet/schema';
import { joinPath, taskName } from '@nnunet/schema/internal';
import { fileError, isFolder, namesIn, readTextFile } from '@nnunet/tensor/node/internal';
import {
  type ConvertOptions,
  convertFiles,
  copyJobs,
  copyVisible,
  DESCRIPTION,
  type FileJob,
  visibleNames,
} from './convert-files.ts';
import { writeModalities } from './write-modalities.ts';

export interface ConvertDecathlonTaskOptions extends ConvertOptions {
  /** Folder TaskXX_NAME of the Medical Segmentation Decathlon; it is only read. */
  input: string;
  /** nnUNet_raw_data_base. */
  rawBase: string;
  /** Id of the new task. Default: the id of the input. */
  outputTaskId?: number;
}

export interface ConvertedTask {
  task: string;
  folder: string;
  /** Number of image files written. */
  images: number;
  /** Skipped files, relative to the input: hidden files, and files among the images that are not .nii.gz. */
  skipped: string[];
  /** Whether an existing task folder of that name was replaced. */
  replaced: boolean;
}

export const DECATHLON_FOLDERS = ['imagesTr', 'imagesTs', 'labelsTr'] as const;

/**
 * Converts a Decathlon task to a raw dataset (v1's nnUNet_convert_decathlon_task). 3D images are copied byte for byte
 * as modality 0000, 4D images are split into one file per modality, and label maps and dataset.json are copied. Unlike
 * v1, it leaves the input unchanged (hidden files are skipped, not deleted), and the new folder appears, replacing an
 * older one of that name, only when the conversion is complete. Files that cannot be converted do not stop the others;
 * the result then appears without a dataset.json, unless an older task of that name exists, which is kept.
 * @throws NnUNetError 'cases-failed' naming the files that cannot be converted; 'usage' (not a Decathlon task),
 *   'bad-json', 'bad-dataset-json', 'disk-full', …; the signal's reason if aborted
 */
export async function convertDecathlonTask(options: ConvertDecathlonTaskOptions): Promise<ConvertedTask> {
  const { rawBase, signal, concurrency, outputTaskId } = options;
  signal?.throwIfAborted();
  requireInteger('concurrency', concurrency, 1);
  requireInteger('outputTaskId', outputTaskId, 0);
  const input = resolve(options.input);
  const { id, name } = await checkDecathlon(input);
  const task = taskName(outputTaskId ?? id, name);
  const folder = joinPath(rawBase, 'nnUNet_raw_data', task);
  const { jobs, skipped } = await decathlonFiles(input);
  const describe = (target: string) => copyVisible(joinPath(input, DESCRIPTION), joinPath(target, DESCRIPTION));
  const to = { folder, subfolders: DECATHLON_FOLDERS, describe, replaces: true };
  const done = await convertFiles({ ...options, input, jobs, ...to });
  return { task, folder, ...done, skipped };
}

/** The files of a Decathlon task to be converted, and those that are skipped. */
export async function decathlonFiles(input: string): Promise<{ jobs: FileJob[]; skipped: string[] }> {
  const skipped: string[] = [];
  const jobs: FileJob[] = [];
  for (const sub of ['imagesTr', 'imagesTs'] as const) {
    for (const name of await visibleNames(input, sub, skipped)) {
      const file = `${sub}/${name}`;
      if (!name.endsWith('.nii.gz')) skipped.push(file);
      else {
        const from = joinPath(input, file);
        const stem = name.slice(0, -7);
        jobs.push({ from, file, run: (target) => writeModalities(from, joinPath(target, sub, stem)) });
      }
    }
  }
  jobs.push(...(await copyJobs(input, 'labelsTr', skipped)));
  return { jobs, skipped: skipped.sort() };
}

/**
 * Checks the folder of a Decathlon task, and returns its id and name.
 *
 * @throws NnUNetError 'usage' (not a Decathlon task), 'bad-json', 'bad-dataset-json'
 */
export async function checkDecathlon(input: string): Promise<{ id: number; name: string }> {
  await namesIn(input);
  const folder = input.slice(input.lastIndexOf(sep) + 1);
  const match = /^Task(\d\d)_(.+)$/.exec(folder);
  if (match === null) {
    throw usageError({
      what: `the folder of a Decathlon task is named TaskXX_NAME with a two-digit id, not "${folder}"`,
      where: input,
      remedy:
        'Give the folder as downloaded, such as Task04_Hippocampus. A folder with a three-digit id is already converted.',
    });
  }
  for (const sub of DECATHLON_FOLDERS) {
    if (await isFolder(joinPath(input, sub))) continue;
    throw usageError({
      what: `no folder ${sub} in it`,
      where: input,
      remedy:
        'A Decathlon task contains imagesTr, labelsTr, imagesTs and dataset.json. Give the folder that contains them.',
    });
  }
  const description = joinPath(input, DESCRIPTION);
  let json: string;
  try {
    json = await readTextFile(description);
  } catch (cause) {
    throw fileError(cause, description);
  }
  parseDatasetDescription(json, description);
  return { id: Number(match[1]), name: match[2]! };
}
