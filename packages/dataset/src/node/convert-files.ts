import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import { usageError } from '@nnunet/errors';
import { type CaseFailure, casesFailed } from '@nnunet/errors/internal';
import { joinPath } from '@nnunet/schema/internal';
import { copyAsOwn, fileError, replaceFolder } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';

export const DESCRIPTION = 'dataset.json';

export interface ConvertOptions {
  signal?: AbortSignal;
  /** Called after each file. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /** Number of files converted at a time. Default: 2. */
  concurrency?: number;
}

/** A file to convert. */
export interface FileJob {
  /** Path of the source. */
  from: string;
  /** For messages: relative to the input, or to the folder to be. */
  file: string;
  /** Writes the result below a folder; returns the number of images written. */
  run(target: string): Promise<number>;
}

export interface ConvertFilesOptions extends ConvertOptions {
  /** Must not be inside the folder. */
  input: string;
  /** The raw folder to be. */
  folder: string;
  /** Its subfolders. */
  subfolders: readonly string[];
  jobs: readonly FileJob[];
  /** Writes dataset.json to the finished folder, before it appears. */
  describe(target: string): Promise<unknown>;
  /** Whether an older folder of that name is replaced. If not, the folder appears only when all files are converted. */
  replaces: boolean;
}

/**
 * Writes a raw folder from files of another. It appears only when it is complete. Files that cannot be converted do not
 * stop the others; where older folders are replaced, the result then appears without a dataset.json, unless there is a
 * complete one of that name, which is kept.
 *
 * @throws NnUNetError 'cases-failed' naming the files that cannot be converted, 'usage' if the input is inside the
 * folder, 'disk-full', …; the signal's reason if aborted
 */
export async function convertFiles(options: ConvertFilesOptions): Promise<{ images: number; replaced: boolean }> {
  const { input, folder, subfolders, jobs, describe, replaces, concurrency = 2, signal, onProgress } = options;
  if (`${resolve(input)}${sep}`.startsWith(`${resolve(folder)}${sep}`)) {
    throw usageError({
      what: 'the input is inside the output folder',
      where: folder,
      remedy: 'Move the input elsewhere.',
    });
  }
  const temporary = joinPath(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    for (const sub of subfolders) await mkdir(joinPath(temporary, sub), { recursive: true });
    const total = jobs.length + 1;
    const convert = async ({ from, file, run }: FileJob): Promise<number> => {
      try {
        return await run(temporary);
      } catch (cause) {
        throw fileError(cause, isAboutTarget(cause) ? joinPath(folder, file) : from);
      }
    };
    const outcomes = await settleBounded(jobs, convert, {
      width: concurrency,
      signal,
      onProgress: (progress) => onProgress?.({ done: progress.done, total, file: progress.item.file }),
    });
    const { done, failed } = splitOutcomes(jobs, outcomes, ({ file }) => file);
    if (failed.length > 0) throw await unfinished(failed, { ...options, temporary });
    await describe(temporary);
    onProgress?.({ done: total, total, file: DESCRIPTION });
    signal?.throwIfAborted();
    const replaced = replaces && (await replaceFolder(temporary, folder));
    if (!replaces) await rename(temporary, folder);
    return { images: done.reduce((sum, { result }) => sum + result, 0), replaced };
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError(cause, folder);
  }
}

/**
 * Keeps the converted files when others failed, without a dataset.json, so that no command takes the folder for a task.
 * A folder that the next run may not replace is not made.
 */
async function unfinished(
  failed: readonly CaseFailure[],
  { temporary, folder, jobs, replaces }: ConvertFilesOptions & { temporary: string },
): Promise<Error> {
  let state = `${folder} stays as it was`;
  if (!replaces) state = 'Nothing was written';
  else if (!existsSync(joinPath(folder, DESCRIPTION))) {
    await replaceFolder(temporary, folder);
    state = `The others are in ${folder}; its dataset.json will be written when all are converted`;
  }
  const remedy = `${state}. Correct these files and run the command again.`;
  return casesFailed(failed, { total: jobs.length, noun: 'file', remedy });
}

/** Whether a failed copy is due to the target disk. */
function isAboutTarget(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG'].includes(String((cause as NodeJS.ErrnoException | null)?.code));
}

/** Lists the entries of a subfolder, sorted; hidden ones are skipped and recorded. */
export async function visibleNames(input: string, sub: string, skipped: string[]): Promise<string[]> {
  const names = (await readdir(joinPath(input, sub))).sort();
  skipped.push(...names.filter((name) => name.startsWith('.')).map((name) => `${sub}/${name}`));
  return names.filter((name) => !name.startsWith('.'));
}

/** Copies the visible entries of a subfolder; the others are recorded. */
export async function copyJobs(input: string, sub: string, skipped: string[]): Promise<FileJob[]> {
  const names = await visibleNames(input, sub, skipped);
  return names.map((name) => copyJob(joinPath(input, sub, name), `${sub}/${name}`));
}

/** Copies a file or folder to a path relative to the folder to be. */
export function copyJob(from: string, file: string): FileJob {
  return { from, file, run: (target) => copyVisible(from, joinPath(target, file)) };
}

/** Copies a file or folder; counts no images. */
export async function copyVisible(from: string, to: string): Promise<number> {
  if ((await stat(from)).isDirectory()) {
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from))
      if (!name.startsWith('.')) await copyVisible(joinPath(from, name), joinPath(to, name));
  } else {
    await copyAsOwn(from, to);
  }
  return 0;
}
