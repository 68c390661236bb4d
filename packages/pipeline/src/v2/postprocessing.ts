import { mkdtemp, rm } from 'node:fs/promises';
import { usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { evaluateFolderV2, readSummaryV2 } from '@nnunet/metrics/node';
import { classesV2, classKeyV2, foregroundDiceV2, type SummaryV2 } from '@nnunet/metrics/v2';
import { readPostprocessing } from '@nnunet/postprocess/node';
import { type StepV2, writePostprocessingV2 } from '@nnunet/postprocess/node/internal';
import { datasetLabelsV2, joinPath } from '@nnunet/schema/internal';
import { filesIn, isSamePath, replaceFolder } from '@nnunet/tensor/node/internal';
import { describeRule } from '../consolidate-model.ts';
import { fourDigits } from '../four-digits.ts';
import type { Reporter } from '../reporter.ts';
import { scoredIn } from './evaluate-predictions.ts';
import { postprocessFiles } from './postprocess-files.ts';
import { type PredictionFiles, type PredictionFilesOptions, readPredictionFiles } from './prediction-files.ts';
import { copyImage } from './reader-formats.ts';

export interface PostprocessingV2Options extends PredictionFilesOptions {
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface ApplyPostprocessingV2Options extends PostprocessingV2Options {
  outputFolder: string;
  /** v2's postprocessing.pkl or postprocessing.json. */
  postprocessingFile: string;
}

/**
 * Implements nnUNetv2_apply_postprocessing, and returns the number of label maps.
 *
 * @throws NnUNetError 'no-images', 'cases-failed'; as {@link readPredictionFiles} and `readPostprocessing`
 */
export async function applyPostprocessingV2(options: ApplyPostprocessingV2Options): Promise<number> {
  const { folder, outputFolder, postprocessingFile, workers, reporter, signal } = options;
  requireInteger('workers', workers, 1);
  const files = await readPredictionFiles(options);
  const rule = await readPostprocessing(postprocessingFile);
  reporter.message(`${describeRule(rule, datasetLabelsV2(files.dataset))} (rules of nnU-Net v2)`);
  const done = await postprocessFiles({ inputFolder: folder, outputFolder, rule, files, workers, reporter, signal });
  return done.length;
}

export interface DeterminePostprocessingV2Options extends PostprocessingV2Options {
  /** Folder of the reference label maps. */
  reference: string;
  /** Keep the postprocessed label maps, in `postprocessed` in the folder. */
  keepPostprocessed: boolean;
}

/** What was decided. */
export interface DeterminedV2 {
  steps: readonly StepV2[];
  /** Mean Dice of the classes that occur in any case, before and after. */
  before: number;
  after: number;
  /** v2's postprocessing.pkl. */
  file: string;
}

/**
 * Implements nnUNetv2_determine_postprocessing: tests on predictions whether removing all but the largest component
 * improves the Dice, of all labels as one object and then of each class, each time on the best so far. Writes
 * `postprocessing.pkl`, `postprocessing.json` and `postprocessed` to the folder.
 * Origin: v2's postprocessing/remove_connected_components.py. Classes that occur nowhere are left out of the mean Dice
 * here; they make that of v2 NaN, which no removal can improve.
 *
 * @throws NnUNetError 'usage', 'no-images', 'cases-failed', 'missing-references'; as {@link readPredictionFiles}
 */
export async function determinePostprocessingV2(options: DeterminePostprocessingV2Options): Promise<DeterminedV2> {
  const { folder, reference, keepPostprocessed, workers, reporter, signal } = options;
  requireInteger('workers', workers, 1);
  if (await isSamePath(reference, folder))
    throw usageError({ what: 'the predictions would be compared with themselves', where: folder });
  const files = await readPredictionFiles(options);
  const { labels } = files.dataset;
  const score = (predictions: string) =>
    evaluateFolderV2({
      ...scoredIn(files.dataset),
      reference,
      predictions,
      formats: files.formats,
      chill: true,
      workers,
      signal,
      onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
    });
  reporter.message(`${folder} (rules of nnU-Net v2)`);
  const before = (await currentSummary(folder, files)) ?? (await score(folder));
  const trials = await mkdtemp(joinPath(folder, '.postprocessing-'));
  try {
    const steps: StepV2[] = [];
    let best = { folder, summary: before };
    let count = 0;
    const attempt = async (step: StepV2, gains: (after: SummaryV2) => boolean) => {
      const entry = typeof step === 'number' ? step : 'labels' in step ? step.labels : step;
      const rule = { entries: [entry], minimumSizes: null, diagonal: true };
      const trial = joinPath(trials, `${count++}`);
      await postprocessFiles({ inputFolder: best.folder, outputFolder: trial, rule, files, workers, reporter, signal });
      const summary = await score(trial);
      const adopted = gains(summary);
      const dice = [best.summary, summary].map((one) => fourDigits(foregroundDiceV2(one))).join(' to ');
      const object = typeof step === 'object' && 'labels' in step ? 'all labels as one object' : classKeyV2(step);
      reporter.message(`largest component of ${object}: mean Dice ${dice}, ${adopted ? 'adopted' : 'not adopted'}`);
      const left = adopted ? best.folder : trial;
      if (left !== folder) await rm(left, { recursive: true });
      if (!adopted) return;
      steps.push(step);
      best = { folder: trial, summary };
    };
    const diceOf = (summary: SummaryV2, key: string) => summary.mean[key]!.Dice;
    await attempt({ labels: labels.foreground }, (after) => {
      const worse = Object.keys(after.mean).some((key) => diceOf(after, key) < diceOf(before, key));
      return foregroundDiceV2(after) > foregroundDiceV2(before) && !worse;
    });
    const classes = classesV2(labels);
    for (const one of classes.length > 1 ? classes : []) {
      const key = classKeyV2(one);
      await attempt(one, (after) => diceOf(after, key) > diceOf(best.summary, key));
    }
    const after = await keep(best.folder, { ...options, files, trials, score });
    await writePostprocessingV2(folder, steps, { before, after });
    if (!keepPostprocessed) await rm(joinPath(folder, 'postprocessed'), { recursive: true });
    return {
      steps,
      before: foregroundDiceV2(before),
      after: foregroundDiceV2(after),
      file: joinPath(folder, 'postprocessing.pkl'),
    };
  } finally {
    await rm(trials, { recursive: true, force: true });
  }
}

interface Kept extends Pick<PostprocessingV2Options, 'folder'> {
  files: PredictionFiles;
  trials: string;
  score(folder: string): Promise<SummaryV2>;
}

/** Puts the best label maps into `postprocessed`, with scores that name them there. */
async function keep(best: string, { folder, files, trials, score }: Kept): Promise<SummaryV2> {
  const finished = best === folder ? await mkdtemp(joinPath(trials, 'kept-')) : best;
  if (best === folder)
    for (const name of await filesIn(folder, files.dataset.fileEnding))
      await copyImage(joinPath(folder, name), joinPath(finished, name), files.formats);
  const kept = joinPath(folder, 'postprocessed');
  await replaceFolder(finished, kept);
  return score(kept);
}

/** The summary.json of a folder if it has scores of its label maps and classes; as in v2, it is used as it is. */
async function currentSummary(folder: string, { dataset }: PredictionFiles): Promise<SummaryV2 | null> {
  const summary = await readSummaryV2(joinPath(folder, 'summary.json')).catch(() => null);
  if (summary === null) return null;
  const names = await filesIn(folder, dataset.fileEnding);
  const scored = new Set(summary.metric_per_case.map((one) => one.prediction_file.split(/[/\\]/).at(-1)!));
  const classes = classesV2(dataset.labels).map(classKeyV2);
  const whole = names.length === scored.size && names.every((name) => scored.has(name));
  return whole && classes.every((key) => summary.mean[key] !== undefined) ? summary : null;
}
