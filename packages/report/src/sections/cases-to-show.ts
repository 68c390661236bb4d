import { existsSync } from 'node:fs';
import { counted, listed } from '@nnunet/errors/internal';
import { judgedScores } from '@nnunet/metrics/internal';
import { scorePairs } from '@nnunet/metrics/node/internal';
import { labelMapsIn } from '@nnunet/pipeline/internal';
import { joinPath } from '@nnunet/schema/internal';
import { namesIn } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { regionsOf } from '../label-class.ts';
import { type DoubtFiles, doubtFiles } from '../node/doubt-of-case.ts';
import { formatsOfTask } from '../node/task-formats.ts';
import { orNull } from '../numbers.ts';
import type { ScoresSection } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import type { TaskCase } from '../rules/case-files.ts';
import { ifExists } from '../rules/existing-files.ts';
import { imagesFor } from '../task-cases.ts';
import type { ValidatedCandidate } from './cross-validation.ts';
import type { SectionOptions } from './dataset-section.ts';
import { diceByCase } from './scores-section.ts';

/** A predicted case with its files. */
export interface CaseToShow {
  id: string;
  /** Where the prediction comes from, in words. */
  origin: string;
  prediction: string;
  reference: string | null;
  /** One per modality; empty if they are not at hand. */
  images: string[];
  doubt: DoubtFiles | null;
  /** Dice per label or region; empty without a reference. */
  dice: Record<string, number | null>;
}

/** Predicted images and where they are. */
export interface PredictedFolder {
  /** Folder of label maps `<case>.nii.gz`, or with the ending of the data set. */
  predictions: string;
  /** Folder of reference label maps; those of some cases may be missing. */
  references?: string;
  /** Folder of the images. Default: the task's imagesTs. */
  images?: string;
}

/** Returns the validation cases of a candidate. @param files of the cases of the task */
export function validationCases(
  { summary, predictions, rule }: ValidatedCandidate,
  task: ReportTask,
  files: readonly TaskCase[],
): CaseToShow[] {
  const imagesOf = new Map(files.flatMap(({ id, training, images }) => (training ? [[id, images]] : [])));
  const dice = diceByCase(summary);
  const state = rule !== null && rule.entries.length > 0 ? ', before postprocessing' : '';
  return predictions.map(({ id, file, origin }) => {
    return {
      id,
      origin: origin + state,
      prediction: file,
      reference: ifExists(task.references, id + task.fileEnding),
      images: imagesOf.get(id) ?? [],
      doubt: null,
      dice: Object.fromEntries(Object.entries(dice).map(([label, cases]) => [label, cases[id] ?? null])),
    };
  });
}

/** Predicted images: those with references, with their scores, and the others. */
export interface TestCases {
  scored: CaseToShow[];
  unscored: CaseToShow[];
  /** Metric → label or region → case → value; null without references. */
  scores: ScoresSection['test'];
  /** Sentences: which images, references and predictions were not found. */
  missing: string[];
}

/**
 * Finds the predictions in a folder and scores those that have a reference, with the metrics of summary.json.
 *
 * @throws NnUNetError 'missing-folder', 'not-a-folder', …
 */
export async function testCases(
  folder: PredictedFolder,
  task: ReportTask,
  { known: usual, workers, reporter, signal }: SectionOptions & { known: ImageFormats },
): Promise<TestCases> {
  const { predictions, references } = folder;
  const images = folder.images ?? (task.raw === null ? null : joinPath(task.raw, 'imagesTs'));
  const foldFolders = (await namesIn(predictions)).filter((name) => /^fold_\d+$/.test(name));
  const { formats: kind } = task;
  const regions = regionsOf(task.labels);
  const known =
    references === undefined ? new Map<string, string>() : (await labelMapsIn(references, kind, usual)).files;
  const { files, ending } = await labelMapsIn(predictions, kind, usual);
  const imagesOf = images === null || !existsSync(images) ? new Map() : await imagesFor(images, task, usual);
  const cases = [...files].map(
    ([id, prediction]): CaseToShow => ({
      id,
      origin: 'test images',
      prediction,
      reference: known.get(id) ?? null,
      images: imagesOf.get(id) ?? [],
      doubt: doubtFiles(predictions, foldFolders, { id, ending, areRegions: regions !== undefined }),
      dice: {},
    }),
  );
  const withReference = cases.filter(({ reference }) => reference !== null);
  const unscored = cases.filter(({ reference }) => reference === null);
  const missing = missingOf(folder, cases, images, [...known.keys()]);
  if (references === undefined) return { scored: [], unscored, scores: null, missing };
  // Pairs that cannot be scored cannot be examined either, which the cases then say.
  const { scored } = await scorePairs({
    formats: await formatsOfTask(kind, [...files.values(), ...known.values()]),
    pairs: withReference.map(({ prediction, reference }) => ({ test: prediction, reference: reference! })),
    labels: regions === undefined ? task.labels.map(({ value }) => Number(value)) : [],
    regions,
    ignoreLabel: task.ignoreLabel,
    grid: { elsewhere: 'warn' },
    workers,
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
  });
  const scores: NonNullable<ScoresSection['test']> = {};
  const byPrediction = new Map(withReference.map((entry) => [entry.prediction, entry]));
  for (const one of scored) {
    const entry = byPrediction.get(one.test)!;
    for (const [label, metrics] of Object.entries(judgedScores(one))) {
      entry.dice[label] = orNull(metrics.Dice);
      for (const [metric, value] of Object.entries(metrics)) {
        scores[metric] ??= {};
        scores[metric][label] ??= {};
        scores[metric][label][entry.id] = orNull(value);
      }
    }
  }
  return { scored: withReference, unscored, scores, missing };
}

function missingOf(
  { predictions, references }: PredictedFolder,
  cases: readonly CaseToShow[],
  images: string | null,
  known: readonly string[],
): string[] {
  if (cases.length === 0) return [`There are no predictions in ${predictions}: it has no label maps.`];
  const said: string[] = [];
  const some = (found: readonly CaseToShow[]) =>
    found.length === cases.length
      ? `any prediction in ${predictions}`
      : `${counted(found.length, 'prediction')} (${listed(
          found.map(({ id }) => id),
          5,
        )})`;
  const without = cases.filter((one) => one.images.length === 0);
  if (without.length > 0) {
    const where = images === null ? '' : ` in ${images}`;
    said.push(`The images of ${some(without)} were not found${where}: there are no pictures of them.`);
  }
  if (references === undefined) return said;
  const unscored = cases.filter(({ reference }) => reference === null);
  if (unscored.length > 0) said.push(`No references of ${some(unscored)} were found in ${references}.`);
  const predicted = new Set(cases.map(({ id }) => id));
  const unpredicted = known.filter((id) => !predicted.has(id));
  if (unpredicted.length > 0) {
    said.push(`${counted(unpredicted.length, 'reference')} without a prediction: ${listed(unpredicted, 5)}.`);
  }
  return said;
}
