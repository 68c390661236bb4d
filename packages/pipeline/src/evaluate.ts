import { join } from 'node:path';
import { meanWithoutNaN, type Scores, type Summary } from '@nnunet/metrics';
import { evaluateFolder } from '@nnunet/metrics/node';
import type { Reporter } from './reporter.ts';

export interface EvaluateOptions {
  /** Folder of the reference label maps. */
  reference: string;
  /** Folder of the predictions; summary.json is written into it. */
  predictions: string;
  /** Labels to score. */
  labels: number[];
  /** v1's rule for the geometry of two images, number by number, instead of how far apart voxels lie. */
  strictGeometry?: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** What nnUNet_evaluate_folder does: scores a folder of predictions and writes summary.json (v1's evaluator.py). */
export async function evaluate(
  options: EvaluateOptions,
): Promise<{ table: string; summaryFile: string; meanDice: number }> {
  const { reference, predictions, labels, strictGeometry, reporter, signal } = options;
  const summary = await evaluateFolder({
    reference,
    predictions,
    labels,
    grid: { strict: strictGeometry },
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
    onNotice: ({ severity, text }) => (severity === 'note' ? reporter.message(text) : reporter.warning(text)),
  });
  return {
    table: diceTable(summary),
    summaryFile: join(predictions, 'summary.json'),
    meanDice: meanForegroundDice(summary),
  };
}

/** Mean over the labels other than 0 of their mean Dice, leaving out those that no case has. */
export function meanForegroundDice(summary: Summary): number {
  const { mean } = summary.results;
  return meanWithoutNaN(
    Object.keys(mean)
      .filter((label) => label !== '0' && label !== 'mean')
      .map((label) => mean[label]!.Dice ?? Number.NaN),
  );
}

/** Dice per case and label as a plain-text table, the means last. */
export function diceTable(summary: Summary): string {
  const labels = Object.keys(summary.results.mean).filter((label) => label !== 'mean');
  const number = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? '-' : value.toFixed(4));
  const rows = summary.results.all.map((scored) => [
    scored.test
      .split('/')
      .pop()!
      .replace(/\.nii\.gz$/, ''),
    ...labels.map((label) => number((scored[label] as Scores | undefined)?.Dice)),
  ]);
  const means = labels.map((label) => summary.results.mean[label]?.Dice);
  rows.push(['mean', ...means.map(number)]);
  const header = ['Dice', ...labels.map((label) => `label ${label}`)];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [line(header), ...rows.map(line), `mean foreground Dice: ${number(meanForegroundDice(summary))}`].join('\n');
}
