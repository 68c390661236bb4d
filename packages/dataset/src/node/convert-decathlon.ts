import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { usageError } from '@nnunet/errors';
import { type CaseFailure, casesFailed, requireInteger } from '@nnunet/errors/internal';
import { parseDatasetDescription } from '@nnunet/schema';
import { joinPath, taskName } from '@nnunet/schema/internal';
import { copyAsOwn, fileError, isFolder, namesIn, readTextFile, replaceFolder } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { writeModalities } from './write-modalities.ts';

export interface ConvertDecathlonTaskOptions {
  /** Folder TaskXX_NAME of the Medical Segmentation Decathlon; it is only read. */
  input: string;
  /** nnUNet_raw_data_base. */
  rawBase: string;
  /** Id of the new task. Default: the id of the input. */
  outputTaskId?: number;
  signal?: AbortSignal;
  /** Called after each file. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /** Number of files converted at a time. Default: 2. */
  concurrency?: number;
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

const FOLDERS = ['imagesTr', 'imagesTs', 'labelsTr'] as const;

const DESCRIPTION = 'dataset.json';

/** A file to convert. */
interface Job {
  /** Relative to the input. */
  file: string;
  /** Writes the result below a folder; returns the number of images written. */
  run(target: string): Promise<number>;
}

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
  const { rawBase, signal, onProgress, concurrency = 2 } = options;
  signal?.throwIfAborted();
  requireInteger('concurrency', concurrency, 1);
  requireInteger('outputTaskId', options.outputTaskId, 0);
  const input = resolve(options.input);
  const task = await checkInput(input, options.outputTaskId);
  const folder = joinPath(rawBase, 'nnUNet_raw_data', task);
  if (`${input}${sep}`.startsWith(`${resolve(folder)}${sep}`)) {
    throw usageError({
      what: 'the input is inside the output folder',
      where: folder,
      remedy: 'Move the input elsewhere.',
    });
  }
  const skipped: string[] = [];
  const jobs: Job[] = [];
  for (const sub of ['imagesTr', 'imagesTs'] as const) {
    for (const name of await visible(input, sub, skipped)) {
      const file = `${sub}/${name}`;
      if (!name.endsWith('.nii.gz')) skipped.push(file);
      else {
        const stem = name.slice(0, -7);
        jobs.push({ file, run: (target) => writeModalities(joinPath(input, file), joinPath(target, sub, stem)) });
      }
    }
  }
  for (const name of await visible(input, 'labelsTr', skipped)) {
    const file = `labelsTr/${name}`;
    jobs.push({ file, run: (target) => copy(joinPath(input, file), joinPath(target, file)) });
  }
  const temporary = joinPath(rawBase, 'nnUNet_raw_data', `.${task}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    for (const sub of FOLDERS) await mkdir(joinPath(temporary, sub), { recursive: true });
    const total = jobs.length + 1;
    const convert = async ({ file, run }: Job): Promise<number> => {
      try {
        return await run(temporary);
      } catch (cause) {
        throw fileError(cause, joinPath(isAboutTarget(cause) ? folder : input, file));
      }
    };
    const outcomes = await settleBounded(jobs, convert, {
      width: concurrency,
      signal,
      onProgress: (progress) => onProgress?.({ done: progress.done, total, file: progress.item.file }),
    });
    const { done, failed } = splitOutcomes(jobs, outcomes, ({ file }) => file);
    if (failed.length > 0) throw await unfinished({ failed, temporary, folder, total: jobs.length });
    await copy(joinPath(input, DESCRIPTION), joinPath(temporary, DESCRIPTION));
    onProgress?.({ done: total, total, file: DESCRIPTION });
    signal?.throwIfAborted();
    const replaced = await replaceFolder(temporary, folder);
    const images = done.reduce((sum, { result }) => sum + result, 0);
    return { task, folder, images, skipped: skipped.sort(), replaced };
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError(cause, folder);
  }
}

/**
 * Keeps the converted files when others failed, without a dataset.json, so that no command takes the folder for a task.
 */
async function unfinished(options: {
  failed: readonly CaseFailure[];
  temporary: string;
  folder: string;
  total: number;
}): Promise<Error> {
  const { failed, temporary, folder, total } = options;
  if (existsSync(joinPath(folder, DESCRIPTION))) {
    const remedy = `${folder} stays as it was. Correct these files and run the command again.`;
    return casesFailed(failed, { total, noun: 'file', remedy });
  }
  await replaceFolder(temporary, folder);
  const remedy = `The others are in ${folder}; its dataset.json will be written when all are converted. Correct these files and run the command again.`;
  return casesFailed(failed, { total, noun: 'file', remedy });
}

/** Whether a failed copy is due to the target disk. */
function isAboutTarget(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG'].includes(String((cause as NodeJS.ErrnoException | null)?.code));
}

/** Checks the input folder and returns the name of the new task. */
async function checkInput(input: string, outputTaskId: number | undefined): Promise<string> {
  await namesIn(input);
  const name = input.slice(input.lastIndexOf(sep) + 1);
  const match = /^Task(\d\d)_(.+)$/.exec(name);
  if (match === null) {
    throw usageError({
      what: `the folder of a Decathlon task is named TaskXX_NAME with a two-digit id, not "${name}"`,
      where: input,
      remedy:
        'Give the folder as downloaded, such as Task04_Hippocampus. A folder with a three-digit id is already converted.',
    });
  }
  for (const sub of FOLDERS) {
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
  return taskName(outputTaskId ?? Number(match[1]), match[2]!);
}

/** Lists the entries of a subfolder, sorted; hidden ones are skipped and recorded. */
async function visible(input: string, sub: string, skipped: string[]): Promise<string[]> {
  const names = (await readdir(joinPath(input, sub))).sort();
  skipped.push(...names.filter((name) => name.startsWith('.')).map((name) => `${sub}/${name}`));
  return names.filter((name) => !name.startsWith('.'));
}

/** Copies a file or folder; counts no images. */
async function copy(from: string, to: string): Promise<number> {
  if ((await stat(from)).isDirectory()) {
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from))
      if (!name.startsWith('.')) await copy(joinPath(from, name), joinPath(to, name));
  } else {
    await copyAsOwn(from, to);
  }
  return 0;
}
