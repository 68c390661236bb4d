import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CaseSources, JobOptions } from '@nnunet/preprocess/node';
import { joinPath } from '@nnunet/schema/internal';
import { hashSettings, MADE_FROM_FILE, type MadeFrom, sourcesOfPrepared, writeMadeFrom } from '@nnunet/store/internal';
import { removeUnfinished } from '@nnunet/tensor/node/internal';
import type { Reporter } from './reporter.ts';

export interface PrepareFolderOptions {
  /** Folder of the prepared cases. */
  folder: string;
  cases: readonly string[];
  /** What the whole folder is made from. */
  sources: MadeFrom;
  /** Returns what a case is made from. */
  sourcesOf(id: string): Promise<CaseSources>;
  /** Prepares cases, each with the record of what it is made from. */
  prepare(
    pending: string[],
    madeFrom: Record<string, CaseSources>,
    onProgress: NonNullable<JobOptions['onProgress']>,
  ): Promise<void>;
  reporter: Reporter;
  signal?: AbortSignal | undefined;
}

/**
 * Brings a folder of prepared cases up to date: keeps complete cases that were made from the same sources, prepares the
 * others, removes those that are no longer in the dataset, and records what the folder was made from. Until then, the
 * folder counts as unfinished.
 */
export async function prepareFolder(options: PrepareFolderOptions): Promise<void> {
  const { folder, cases, sources, sourcesOf, prepare, reporter, signal } = options;
  const name = basename(folder);
  await mkdir(folder, { recursive: true });
  await writeMadeFrom(folder, { ...sources, unfinished: cases.length });
  await removeUnfinished(folder);
  await removeOtherCases(folder, new Set(cases));
  const madeFrom: Record<string, CaseSources> = {};
  const pending: string[] = [];
  for (const id of cases) {
    signal?.throwIfAborted();
    madeFrom[id] = await sourcesOf(id);
    const stored = await sourcesOfPrepared(folder, id);
    if (stored === null || hashSettings(stored) !== hashSettings(madeFrom[id])) pending.push(id);
  }
  const kept = cases.length - pending.length;
  if (kept > 0) reporter.message(`${name}: ${kept} of ${cases.length} cases are already preprocessed and are kept`);
  await prepare(pending, madeFrom, ({ id, done }) =>
    reporter.progress({ what: `preprocessing ${name}`, done: kept + done, total: cases.length, note: id }),
  );
  await writeMadeFrom(folder, sources);
}

/** Training would otherwise use cases that are no longer in the dataset. */
async function removeOtherCases(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const file of await readdir(folder)) {
    const id = /^(.+?)(?:_locations)?\.(?:npy|npz|json)$/.exec(file)?.[1];
    if (id !== undefined && file !== MADE_FROM_FILE && !keep.has(id)) await rm(joinPath(folder, file));
  }
}
