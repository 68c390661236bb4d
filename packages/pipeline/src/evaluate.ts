import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '@nnunet/errors';
import { counted, requireInteger } from '@nnunet/errors/internal';
import { type Scores, type Summary, shippedMetrics } from '@nnunet/metrics';
import { meanDice, meanWithoutNaN, metricNamed, nameOfCase, usualMetrics } from '@nnunet/metrics/internal';
import { evaluateFolder, evaluateRegions } from '@nnunet/metrics/node';
import { svgToPng } from '@nnunet/plot/node';
import { isSamePath, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { evaluatedLabels } from './evaluated-labels.ts';
import type { Extensions } from './extensions.ts';
import { fourDigits } from './four-digits.ts';
import { plainTable } from './plain-table.ts';
import type { Reporter } from './reporter.ts';
import { labelsOf, lesionTable, nameOf, scoreBoxplots, scoreTable, toleranceNote } from './score-table.ts';
import { tellNotice } from './tell-faults.ts';

export interface EvaluateOptions {
  /** Folder of the reference label maps. */
  reference: string;
  /** Folder of the predictions, to which summary.json is written. */
  predictions: string;
  /**
   * Labels to score. Default: those of the dataset.json in the folder of the references or in the one above, else those
   * found in the references; without the background.
   */
  labels?: number[];
  /**
   * Metrics to compute beside those of v1's summary.json and to show, such as HD95 and NSD; in small or capital letters.
   * Default: only the Dice is shown.
   */
  metrics?: readonly string[];
  /** How far a surface may lie from the other to count as right in NSD, in mm. Default: 1 mm. */
  tolerance?: number;
  /** The same for some labels, by label. */
  labelTolerances?: Readonly<Record<number, number>>;
  /** Also match lesions, the connected components of each label, and write `lesions.csv`. Default: false. */
  lesions?: boolean;
  /** Lowest intersection over union of two lesions that match. Default: 0, one voxel in common suffices. */
  lesionIoU?: number;
  /** Also draw box plots of the metrics shown, as `boxplots.png`. Default: false. */
  boxplots?: boolean;
  /** Compare the geometry of two images by v1's rule, number by number, instead of by the distance between voxels. */
  strictGeometry?: boolean;
  /** Write summary.json with v1's bare NaN. */
  bareNaN?: boolean;
  /** Whose metrics are computed. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'metrics'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** What an evaluation found, and the files that it wrote to the folder of predictions. */
export interface Evaluation {
  /** The scores as plain text. */
  table: string;
  summaryFile: string;
  /** Tables and pictures beside summary.json. */
  otherFiles: string[];
  /** Of the foreground labels or, if the dataset asks for them, of the regions. */
  meanDice: number;
}

/**
 * Implements nnUNet_evaluate_folder: scores a folder of predictions and writes summary.json (v1's evaluator.py), and
 * tables and pictures beside it.
 *
 * @throws NnUNetError 'usage', 'unknown-metric', 'bad-dataset-json', 'no-foreground', and as `evaluateFolder` of `@nnunet/metrics`
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { reference, predictions, strictGeometry, bareNaN, extensions, reporter, signal } = options;
  const { metrics: asked = [], tolerance = 1, labelTolerances = {}, lesions = false, lesionIoU = 0 } = options;
  const registry = extensions?.metrics ?? shippedMetrics;
  await checkEvaluation(options);
  reporter.message(`${predictions} (rules of nnU-Net v1)`);
  const usual = usualMetrics(registry);
  const named = [...new Set(asked.map((word) => metricNamed(word, registry)))];
  const { labels, names, ignoreLabel, regions } = await evaluatedLabels(options);
  const regionFile = join(predictions, 'summary.csv');
  const boxplotFile = join(predictions, 'boxplots.png');
  await rm(boxplotFile, { force: true });
  const summary = await evaluateFolder({
    reference,
    predictions,
    labels,
    regions,
    ignoreLabel,
    names,
    metrics: [...new Set([...usual, ...named])],
    tolerance,
    labelTolerances,
    lesions,
    lesionIoU,
    grid: { strict: strictGeometry },
    bareNaN,
    registry,
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
    onNotice: (notice) => tellNotice(notice, reporter),
  });
  // Metrics of the user's own are shown beside those that are asked for.
  const own = usual.filter((name) => !shippedMetrics.names().includes(name));
  const shown = named.length === 0 ? ['Dice'] : [...new Set([...named, ...own])];
  const tables = [named.length === 0 ? diceTable(summary, { names }) : scoreTable(summary, { metrics: shown, names })];
  if (shown.includes('NSD')) tables.push(toleranceNote(tolerance, labelTolerances, names));
  if (lesions) tables.push(lesionTable(summary, { names, iou: lesionIoU }));
  const otherFiles = ['scores.csv', ...(lesions ? ['lesions.csv'] : [])].map((name) => join(predictions, name));
  if (regions !== undefined) {
    const grid = { strict: strictGeometry };
    tables.push(regionTable(await evaluateRegions({ reference, predictions, regions, ignoreLabel, grid, signal })));
    otherFiles.push(regionFile);
  }
  if (options.boxplots) {
    await writeFileAtomic(boxplotFile, svgToPng(scoreBoxplots(summary, { metrics: shown, names }), { scale: 3 }));
    otherFiles.push(boxplotFile);
  }
  return {
    table: tables.join('\n'),
    summaryFile: join(predictions, 'summary.json'),
    otherFiles,
    meanDice: meanDice(summary),
  };
}

/** @throws NnUNetError 'usage' if the scores would be meaningless */
async function checkEvaluation(options: EvaluateOptions): Promise<void> {
  const { reference, predictions, labels = [], tolerance = 1, labelTolerances = {}, lesionIoU = 0 } = options;
  for (const label of labels) requireInteger('labels', label, 0);
  for (const mm of [tolerance, ...Object.values(labelTolerances)]) {
    if (Number.isFinite(mm) && mm >= 0) continue;
    throw usageError({ what: `\`tolerance\` must be a distance in mm of at least 0, not ${mm}` });
  }
  if (!(lesionIoU >= 0 && lesionIoU <= 1)) {
    throw usageError({ what: `\`lesionIoU\` must be between 0 and 1, not ${lesionIoU}` });
  }
  if (await isSamePath(reference, predictions)) {
    throw usageError({
      what: 'the predictions would be compared with themselves',
      where: predictions,
      remedy: 'Set `reference` to the folder of reference label maps and `predictions` to the folder of predictions.',
    });
  }
}

/** Returns the mean of the mean Dice of all labels except 0 and those that occur in no case. */
function meanForegroundDice(summary: Summary): number {
  const { mean } = summary.results;
  return meanWithoutNaN(
    labelsOf(mean)
      .filter((label) => label !== '0')
      .map((label) => mean[label]!.Dice ?? Number.NaN),
  );
}

/**
 * Formats the Dice per case and region as a plain-text table, with the means last.
 *
 * @param worst only show this many cases, those with the lowest mean Dice. Default: all, in order
 */
export function regionTable(all: readonly { name: string; dice: Record<string, number> }[], worst?: number): string {
  const regions = Object.keys(all[0]!.dice);
  const meanOf = ({ dice }: (typeof all)[number]) => meanWithoutNaN(Object.values(dice));
  const cases = worst === undefined ? all : sortedByMean(all, meanOf).slice(0, worst);
  const means = regions.map((region) => meanWithoutNaN(all.map(({ dice }) => dice[region]!)));
  const rows = cases.map(({ name, dice }) => [name, ...regions.map((region) => fourDigits(dice[region]!))]);
  const lines = plainTable([['Dice of regions', ...regions], ...rows, ['mean', ...means.map(fourDigits)]]);
  return [
    ...withHidden(lines, all.length - cases.length),
    `mean Dice of the regions: ${fourDigits(meanWithoutNaN(means))}`,
  ].join('\n');
}

/** Inserts before the last line how many cases with better scores are not shown. */
function withHidden(lines: readonly string[], hidden: number): string[] {
  const note = hidden > 0 ? [`(${counted(hidden, 'case')} with better scores)`] : [];
  return [...lines.slice(0, -1), ...note, ...lines.slice(-1)];
}

/** Sorts by ascending means; what has none is last. */
function sortedByMean<T>(cases: readonly T[], meanOf: (one: T) => number): T[] {
  const place = (one: T) => (Number.isNaN(meanOf(one)) ? Number.MAX_VALUE : meanOf(one));
  return [...cases].sort((a, b) => place(a) - place(b));
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
  const labels = labelsOf(summary.results.mean);
  const { all } = summary.results;
  const cases = worst === undefined ? all : worstFirst(all, labels).slice(0, worst);
  const rows = cases.map((scored) => [
    nameOfCase(scored.test),
    ...labels.map((label) => fourDigits(diceOf(scored, label))),
  ]);
  rows.push(['mean', ...labels.map((label) => fourDigits(summary.results.mean[label]?.Dice))]);
  const header = ['Dice', ...labels.map((label) => nameOf(label, names))];
  const lines = plainTable([header, ...rows]);
  return [
    ...withHidden(lines, all.length - cases.length),
    `mean foreground Dice: ${fourDigits(meanForegroundDice(summary))}`,
  ].join('\n');
}

type ScoredCase = Summary['results']['all'][number];

/** Sorts by ascending mean Dice of the labels other than 0; cases without any of them are last. */
function worstFirst(cases: readonly ScoredCase[], labels: readonly string[]): ScoredCase[] {
  const foreground = labels.filter((label) => label !== '0');
  return sortedByMean(cases, (one) => meanWithoutNaN(foreground.map((label) => diceOf(one, label) ?? Number.NaN)));
}

function diceOf(scored: ScoredCase, label: string): number | undefined {
  return (scored[label] as Scores | undefined)?.Dice;
}
