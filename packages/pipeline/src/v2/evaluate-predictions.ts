import { basename } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted, listed, requireInteger } from '@nnunet/errors/internal';
import type { Scores } from '@nnunet/metrics';
import { type EvaluateFolderOptionsV2, evaluateFolderV2 } from '@nnunet/metrics/node';
import { type ClassV2, classesV2, classKeyV2, foregroundDiceV2, type SummaryV2 } from '@nnunet/metrics/v2';
import type { DatasetV2 } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { isSamePath, namesIn } from '@nnunet/tensor/node/internal';
import { OPTIONAL_EXTENSIONS } from '@nnunet/volume/internal';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import { fourDigits } from '../four-digits.ts';
import { plainTable } from '../plain-table.ts';
import type { Reporter } from '../reporter.ts';
import { tellNotice } from '../tell-faults.ts';
import { readPredictionFiles } from './prediction-files.ts';
import { formatsOfLabels } from './reader-formats.ts';

export interface EvaluatePredictionsOptions {
  /** Folder of the reference label maps. */
  reference: string;
  /** Folder of the predictions. */
  predictions: string;
  /** Default: summary.json in the folder of predictions. */
  outputFile?: string | undefined;
  /** References need not have a prediction. */
  chill: boolean;
  workers: number;
  extensions?: Pick<Extensions, 'formats'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface EvaluateByDatasetOptions extends EvaluatePredictionsOptions {
  /** dataset.json of v2, which says what is scored and how the files end. */
  datasetFile: string;
  /** plans.json of v2. */
  plansFile: string;
}

export interface EvaluateLabelsOptions extends EvaluatePredictionsOptions {
  labels: readonly number[];
  /** Voxels whose reference has this value count nowhere. Default: none. */
  ignoreLabel?: number | undefined;
}

/** What an evaluation by v2's rules found. */
export interface EvaluationV2 {
  /** The Dice per case and class as plain text. */
  table: string;
  summaryFile: string;
  /** Of the classes that occur in any case. */
  meanDice: number;
  /** The means over the cases of each class, by its name. */
  scores: Record<string, Scores>;
}

/**
 * Implements nnUNetv2_evaluate_folder: scores the labels or regions of a dataset.json, and writes v2's summary.json.
 *
 * @throws NnUNetError 'usage'; as `evaluateFolderV2` and {@link readPredictionFiles}
 */
export async function evaluateByDatasetV2(options: EvaluateByDatasetOptions): Promise<EvaluationV2> {
  const { datasetFile, plansFile, predictions, workers, extensions } = options;
  requireInteger('workers', workers, 1);
  const { dataset, formats } = await readPredictionFiles({ datasetFile, plansFile, folder: predictions, extensions });
  return evaluate(options, { ...scoredIn(dataset), formats }, classNamesByKeyV2(dataset));
}

/**
 * Implements nnUNetv2_evaluate_simple: scores the labels that are given, in files that end as the first label map of the
 * references.
 *
 * @throws NnUNetError 'usage', 'no-images' if there is no label map in the folder of references; as `evaluateFolderV2`
 */
export async function evaluateLabelsV2(options: EvaluateLabelsOptions): Promise<EvaluationV2> {
  const { reference, labels, ignoreLabel, workers, extensions = shippedExtensions } = options;
  requireInteger('workers', workers, 1);
  for (const label of labels) requireInteger('labels', label, 0);
  requireInteger('ignoreLabel', ignoreLabel, 0);
  const ends = [...extensions.formats.names(), ...OPTIONAL_EXTENSIONS, '.png', '.bmp'];
  const known = ends.filter((ending) => ending !== '/');
  const endingOf = (name: string) =>
    known.sort((a, b) => b.length - a.length).find((ending) => name.toLowerCase().endsWith(ending));
  const first = (await namesIn(reference)).find((name) => !name.startsWith('.') && endingOf(name) !== undefined);
  if (first === undefined) {
    throw new NnUNetError('no-images', {
      what: 'there are no label maps in this folder',
      where: reference,
      remedy: 'Give the folder of the reference label maps.',
    });
  }
  const fileEnding = first.slice(-endingOf(first)!.length);
  const formats = await formatsOfLabels([joinPath(reference, first)], extensions.formats);
  return evaluate(options, { fileEnding, classes: [...new Set(labels)], ignore: ignoreLabel ?? null, formats }, {});
}

/** What `evaluateFolderV2` scores of a dataset. */
export function scoredIn({
  labels,
  fileEnding,
}: DatasetV2): Pick<EvaluateFolderOptionsV2, 'fileEnding' | 'classes' | 'ignore'> {
  return { fileEnding, classes: classesV2(labels), ignore: labels.ignore };
}

/** Names of what is scored of a dataset, by the keys of v2's summary.json. */
export function classNamesByKeyV2({ labels, classNames }: DatasetV2): Record<string, string> {
  return Object.fromEntries(classesV2(labels).map((one, i) => [classKeyV2(one), classNames[i]!]));
}

type Scored = Pick<EvaluateFolderOptionsV2, 'fileEnding' | 'classes' | 'ignore' | 'formats'>;

async function evaluate(
  options: EvaluatePredictionsOptions,
  scored: Scored,
  names: Readonly<Record<string, string>>,
): Promise<EvaluationV2> {
  const { reference, predictions, chill, workers, reporter, signal } = options;
  const { outputFile = joinPath(predictions, 'summary.json') } = options;
  if (await isSamePath(reference, predictions)) {
    throw usageError({
      what: 'the predictions would be compared with themselves',
      where: predictions,
      remedy: 'Give the folder of reference label maps and that of predictions.',
    });
  }
  const summary = await evaluateFolderV2({
    reference,
    predictions,
    ...scored,
    chill,
    outputFile,
    workers,
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
    onNotice: (notice) => tellNotice(notice, reporter),
  });
  return {
    table: diceTableV2(summary, scored.classes, names),
    summaryFile: outputFile,
    meanDice: foregroundDiceV2(summary),
    scores: Object.fromEntries(
      scored.classes.map(classKeyV2).map((key) => [names[key] ?? key, { ...summary.mean[key] }]),
    ),
  };
}

/** Formats the Dice per case and class as a plain-text table, with the means last. */
function diceTableV2(
  { mean, metric_per_case: cases }: SummaryV2,
  classes: readonly ClassV2[],
  names: Readonly<Record<string, string>>,
): string {
  const keys = classes.map(classKeyV2);
  const lines = plainTable([
    ['Dice', ...keys.map((key) => names[key] ?? `label ${key}`)],
    ...cases.map((one) => [
      basename(one.prediction_file).replace(/\.[a-z].*$/i, ''),
      ...keys.map((key) => fourDigits(one.metrics[key]!.Dice)),
    ]),
    ['mean', ...keys.map((key) => fourDigits(mean[key]!.Dice))],
  ]);
  const absent = keys.filter((key) => key !== '0' && Number.isNaN(mean[key]!.Dice));
  const note = `, without ${counted(absent.length, 'class')} in no case (${listed(absent)}), for which v2 and summary.json have NaN`;
  return [
    ...lines,
    `mean foreground Dice, by the rules of nnU-Net v2: ${fourDigits(foregroundDiceV2({ mean }))}${absent.length > 0 ? note : ''}`,
  ].join('\n');
}
