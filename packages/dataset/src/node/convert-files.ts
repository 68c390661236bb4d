import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
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
  /** Relative to the input. */
  file: string;
  /** Writes the result below a folder; returns the number of images written. */
  run(target: string): Promise<number>;
}

export interface ConvertFilesOptions extends ConvertOptions {
  /** Where the files come from. */
  input: string;
  /** The raw folder to be. */
  folder: string;
  /** Its subfolders. */
  subfolders: readonly string[];
  jobs: readonly FileJob[];
  /** Writes dataset.json to the finished folder, before it appears. */
  describe(target: string): Promise<unknown>;
}

/**
 * Writes a raw folder from files of another. It appears, replacing an older one of that name, only when it is complete.
 * Files that cannot be converted do not stop the others; the result then appears without a dataset.json, unless an older
 * folder of that name exists, which is kept.
 *
 * @throws NnUNetError 'cases-failed' naming the files that cannot be converted, 'usage' if the input is inside the
 * folder, 'disk-full', …; the signal's reason if aborted
 */
export async function convertFiles(options: ConvertFilesOptions): Promise<{ images: number; replaced: boolean }> {
  const { input, folder, subfolders, jobs, describe, concurrency = 2, signal, onProgress } = options;
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
    const convert = async ({ file, run }: FileJob): Promise<number> => {
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
    await describe(temporary);
    onProgress?.({ done: total, total, file: DESCRIPTION });
    signal?.throwIfAborted();
    const replaced = await replaceFolder(temporary, folder);
    return { images: done.reduce((sum, { result }) => sum + result, 0), replaced };
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

/** Lists the entries of a subfolder, sorted; hidden ones are skipped and recorded. */
export async function visibleNames(input: string, sub: string, skipped: string[]): Promise<string[]> {
  const names = (await readdir(joinPath(input, sub))).sort();
  skipped.push(...names.filter((name) => name.startsWith('.')).map((name) => `${sub}/${name}`));
  return names.filter((name) => !name.startsWith('.'));
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
