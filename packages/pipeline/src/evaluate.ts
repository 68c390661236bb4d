import { join } from 'node:path';
import { usageError } from '@nnunet/errors';
import { counted, requireInteger } from '@nnunet/errors/internal';
import type { Scores, Summary } from '@nnunet/metrics';
import { meanWithoutNaN } from '@nnunet/metrics/internal';
import { evaluateFolder } from '@nnunet/metrics/node';
import { isSamePath } from '@nnunet/tensor/node/internal';
import type { Extensions } from './extensions.ts';
import { fourDigits } from './four-digits.ts';
import { plainTable } from './plain-table.ts';
import type { Reporter } from './reporter.ts';
import { tellNotice } from './tell-faults.ts';

export interface EvaluateOptions {
  /** Folder of the reference label maps. */
  reference: string;
  /** Folder of the predictions, to which summary.json is written. */
  predictions: string;
  /** Labels to score. */
  labels: number[];
  /** Compare the geometry of two images by v1's rule, number by number, instead of by the distance between voxels. */
  strictGeometry?: boolean;
  /** Write summary.json with v1's bare NaN. */
  bareNaN?: boolean;
  /** Whose metrics are computed. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'metrics'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Implements nnUNet_evaluate_folder: scores a folder of predictions and writes summary.json (v1's evaluator.py). */
export async function evaluate(
  options: EvaluateOptions,
): Promise<{ table: string; summaryFile: string; meanDice: number }> {
  const { reference, predictions, labels, strictGeometry, bareNaN, extensions, reporter, signal } = options;
  await checkEvaluation(options);
  const summary = await evaluateFolder({
    reference,
    predictions,
    labels,
    grid: { strict: strictGeometry },
    bareNaN,
    ...(extensions && { registry: extensions.metrics }),
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
    onNotice: (notice) => tellNotice(notice, reporter),
  });
  return {
    table: diceTable(summary),
    summaryFile: join(predictions, 'summary.json'),
    meanDice: meanForegroundDice(summary),
  };
}

/** @throws NnUNetError 'usage' if the scores would be meaningless */
async function checkEvaluation({ reference, predictions, labels }: EvaluateOptions): Promise<void> {
  for (const label of labels) requireInteger('labels', label, 0);
  if (await isSamePath(reference, predictions)) {
    throw usageError({
      what: 'the predictions would be compared with themselves',
      where: predictions,
      remedy: 'Set `reference` to the folder of reference label maps and `predictions` to the folder of predictions.',
    });
  }
}

/** Returns the mean of the mean Dice of all labels except 0 and those that occur in no case. */
export function meanForegroundDice(summary: Summary): number {
  const { mean } = summary.results;
  return meanWithoutNaN(
    Object.keys(mean)
      .filter((label) => label !== '0' && label !== 'mean')
      .map((label) => mean[label]!.Dice ?? Number.NaN),
  );
}

export interface DiceTableOptions {
  /** Names of the labels by number. Default: 'label N'. */
  names?: Readonly<Record<string, string>>;
  /**
   * Only show this many cases, those with the lowest mean foreground Dice, worst first. Default: all cases, in order.
   */
  worst?: number;
}

/** Formats the Dice per case and label as a plain-text table, with the means last. */
export function diceTable(summary: Summary, { names = {}, worst }: DiceTableOptions = {}): string {
  const labels = Object.keys(summary.results.mean).filter((label) => label !== 'mean');
  const { all } = summary.results;
  const cases = worst === undefined ? all : worstFirst(all, labels).slice(0, worst);
  const rows = cases.map((scored) => [
    scored.test
      .split('/')
      .pop()!
      .replace(/\.nii\.gz$/, ''),
    ...labels.map((label) => fourDigits(diceOf(scored, label))),
  ]);
  rows.push(['mean', ...labels.map((label) => fourDigits(summary.results.mean[label]?.Dice))]);
  const header = ['Dice', ...labels.map((label) => names[label] ?? `label ${label}`)];
  const lines = plainTable([header, ...rows]);
  const hidden = all.length - cases.length;
  if (hidden > 0) lines.splice(-1, 0, `(${counted(hidden, 'case')} with better scores)`);
  return [...lines, `mean foreground Dice: ${fourDigits(meanForegroundDice(summary))}`].join('\n');
}

type ScoredCase = Summary['results']['all'][number];

/** Sorts by ascending mean Dice of the labels other than 0; cases without any of them are last. */
function worstFirst(cases: readonly ScoredCase[], labels: readonly string[]): ScoredCase[] {
  const foreground = labels.filter((label) => label !== '0');
  const mean = (scored: ScoredCase) => meanWithoutNaN(foreground.map((label) => diceOf(scored, label) ?? Number.NaN));
  const sorted = cases.map((scored) => ({ scored, dice: mean(scored) }));
  const place = (dice: number) => (Number.isNaN(dice) ? Number.MAX_VALUE : dice);
  return sorted.sort((a, b) => place(a.dice) - place(b.dice)).map(({ scored }) => scored);
}

function diceOf(scored: ScoredCase, label: string): number | undefined {
  return (scored[label] as Scores | undefined)?.Dice;
}
