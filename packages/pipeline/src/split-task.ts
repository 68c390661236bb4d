import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findSplitFaults, formatSplitFaults, makeSplits } from '@nnunet/dataset';
import type { PathVariables } from '@nnunet/dataset/node';
import { NnUNetError, usageError } from '@nnunet/errors';
import { messageOf, requireInteger } from '@nnunet/errors/internal';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder } from '@nnunet/schema/internal';
import { readSplits, writeSplits } from '@nnunet/store';
import { resolveTaskFirst } from '@nnunet/store/internal';
import { shippedFormats } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { type CaseTable, columnOf, readCaseTable } from './case-table.ts';
import { labelValues } from './label-values.ts';
import type { Reporter } from './reporter.ts';
import { rulesOfTask } from './task-rules.ts';
import { formatsOfLabels } from './v2/reader-formats.ts';

/** Sources of the groups of cases and of their strata. */
export interface SplitSources {
  /** Pattern that finds the group in a case id: its first parentheses, or else the whole match. */
  groupPattern?: string;
  /** CSV file with one row per case. */
  table?: string;
  /** Column of the case ids. Default: the first. */
  caseColumn?: string;
  groupColumn?: string;
  stratifyColumn?: string;
  /** Distribute the labels present in the cases evenly. */
  stratifyLabels?: boolean;
}

/** The task to divide. */
export interface SplitTask {
  roots: Roots;
  /** Id or name of a task of v1 or of a dataset of v2. */
  task: string;
  /** Variables that paths in a dataset.json of v2 may name. */
  variables?: PathVariables;
  reporter: Reporter;
}

export interface SplitTaskOptions extends SplitTask, SplitSources {
  folds: number;
  seed: number;
  /** Replace an existing splits_final.json. */
  overwrite: boolean;
  signal?: AbortSignal;
}

/**
 * Writes `splits_final.json` for a task, which need not be preprocessed yet. Returns its path and the size of each validation
 * set.
 */
export async function splitTask(options: SplitTaskOptions): Promise<{ file: string; validationCases: number[] }> {
  const { folds, seed, overwrite } = options;
  requireInteger('folds', folds, 2);
  requireInteger('seed', seed, 0, 2 ** 32 - 1);
  checkSources(options);
  const { labels, file, cases } = await openTask(options);
  if (existsSync(file) && !overwrite) {
    throw new NnUNetError('exists', {
      what: 'splits already exist',
      where: file,
      remedy:
        'Check them with `checkTaskSplits`, or replace them with `overwrite`. Folds trained on other splits are not to be compared.',
    });
  }
  const table = await tableOf(options);
  const groupOf = groupsOf(options, table, cases);
  const strataOf = await strataFor(options, { table, cases, labels });
  const splits = makeSplits(cases, {
    folds,
    seed,
    ...(groupOf === undefined ? {} : { groupOf }),
    ...(strataOf === undefined ? {} : { strataOf }),
  });
  await mkdir(dirname(file), { recursive: true });
  await writeSplits(file, splits);
  return { file, validationCases: splits.map(({ val }) => val.length) };
}

export interface CheckTaskSplitsOptions extends SplitTask, SplitSources {}

/**
 * Checks the splits_final.json of a preprocessed task for leaks without changing it. Returns the faults in words.
 *
 * @throws NnUNetError 'splits-leak' naming all faults if a case or group leaks
 */
export async function checkTaskSplits(options: CheckTaskSplitsOptions): Promise<string> {
  checkSources(options);
  const { file, cases } = await openTask(options);
  const splits = await readSplits(file);
  const groupOf = groupsOf(options, await tableOf(options), cases);
  const faults = findSplitFaults(splits, { cases, ...(groupOf === undefined ? {} : { groupOf }) });
  const text = formatSplitFaults(faults);
  if (faults.some(({ severity }) => severity === 'error')) {
    throw new NnUNetError('splits-leak', {
      what: `the splits have faults\n${text}`,
      where: file,
      remedy: 'Correct the file, or make new splits with `overwrite`.',
    });
  }
  return text;
}

interface OpenTask {
  /** The reference label map of each case, sorted by case. */
  labels: ReadonlyMap<string, string>;
  /** The splits. */
  file: string;
  cases: string[];
}

async function openTask({ roots, task: given, variables, reporter }: SplitTask): Promise<OpenTask> {
  const task = await resolveTaskFirst(given, roots);
  const rules = rulesOfTask(task);
  reporter.message(`${task} (rules of ${rules.name})`);
  const labels = await rules.labels(roots, task, variables);
  return {
    labels,
    file: joinPath(preprocessedFolder(roots, task), FILE_NAMES.splits),
    cases: [...labels.keys()].sort(),
  };
}

/** @throws NnUNetError 'usage' for options that contradict each other */
function checkSources(sources: SplitSources): void {
  const { groupPattern, groupColumn } = sources;
  if (groupPattern !== undefined && groupColumn !== undefined) {
    throw usageError({ what: 'groups were given twice', remedy: 'Give `groupPattern` or `groupColumn`, not both.' });
  }
  if (groupPattern !== undefined) parsePattern(groupPattern);
  const column = groupColumn ?? sources.stratifyColumn ?? sources.caseColumn;
  if (sources.table === undefined && column !== undefined)
    throw usageError({ what: `the column "${column}" was given without a table`, remedy: 'Add `table`.' });
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    const what = messageOf(cause);
    throw usageError({ what, where: '`groupPattern`', remedy: 'Write, for example, "^(patient\\d+)_".', cause });
  }
}

async function tableOf({ table, caseColumn }: SplitSources): Promise<CaseTable | null> {
  return table === undefined ? null : readCaseTable(table, caseColumn);
}

function groupsOf(
  { groupPattern, groupColumn }: SplitSources,
  table: CaseTable | null,
  cases: readonly string[],
): Map<string, string> | undefined {
  if (groupColumn !== undefined) return columnOf(table!, groupColumn, cases);
  if (groupPattern === undefined) return undefined;
  const pattern = parsePattern(groupPattern);
  const groups = new Map<string, string>();
  for (const id of cases) {
    const match = pattern.exec(id);
    if (match !== null) groups.set(id, match[1] ?? match[0]);
  }
  const without = cases.filter((id) => !groups.has(id));
  if (without.length > 0) {
    throw usageError({
      what: `${groupPattern} matches nothing in ${without.length} of ${cases.length} case ids: ${without.slice(0, 10).join(', ')}${without.length > 10 ? ', …' : ''}`,
      where: '`groupPattern`',
      remedy: 'Write an expression that matches the patient in every case id.',
    });
  }
  return groups;
}

async function strataFor(
  { stratifyColumn, stratifyLabels, reporter, signal }: SplitTaskOptions,
  { table, cases, labels }: { table: CaseTable | null } & Pick<OpenTask, 'cases' | 'labels'>,
): Promise<Map<string, string[]> | undefined> {
  if (stratifyColumn === undefined && !stratifyLabels) return undefined;
  const strata = new Map<string, string[]>(cases.map((id) => [id, []]));
  if (stratifyColumn !== undefined) {
    for (const [id, value] of columnOf(table!, stratifyColumn, cases)) strata.get(id)!.push(`value ${value}`);
  }
  if (!stratifyLabels) return strata;
  const formats = await formatsOfLabels([...labels.values()], shippedFormats);
  for (const [done, id] of cases.entries()) {
    signal?.throwIfAborted();
    const { data } = await readLabels(labels.get(id)!, formats);
    for (const label of labelValues(data)) if (label !== 0) strata.get(id)!.push(`label ${label}`);
    reporter.progress({ what: 'reading labels', done: done + 1, total: cases.length, note: id });
  }
  return strata;
}
