import { type CsvCell, formatCsv } from '@nnunet/schema/internal';
import type { Scores } from './evaluate-case.ts';
import type { Lesion } from './lesions.ts';
import { nameOfCase, type Summary } from './summary.ts';

/** Names of labels by number. */
export type NamesOfLabels = Readonly<Record<string, string>>;

/**
 * Formats the scores of a summary as CSV: a row for each case and label, and for each region, whose name is in both columns,
 * `label` and `name`; a column for each metric, without means. Undefined scores are left empty.
 */
export function formatScores({ results }: Summary, names: NamesOfLabels = {}): string {
  const labels = Object.keys(results.mean).filter((label) => label !== 'mean');
  const metrics = Object.keys(results.mean[labels[0] ?? ''] ?? results.regions?.[0]?.mean ?? {});
  const cellsOf = (scores: Scores | undefined) =>
    metrics.map((metric): CsvCell => {
      const value = scores?.[metric] ?? Number.NaN;
      return Number.isNaN(value) ? null : value;
    });
  const rows = results.all.flatMap((scored, i): CsvCell[][] => {
    const id = nameOfCase(scored.test);
    return [
      ...labels.map((label) => [id, label, names[label] ?? null, ...cellsOf(scored[label] as Scores | undefined)]),
      ...(results.regions ?? []).map(({ name, all }) => [id, name, name, ...cellsOf(all[i])]),
    ];
  });
  return formatCsv([['case', 'label', 'name', ...metrics], ...rows]);
}

/** The lesions of a case by label. */
export interface CaseLesions {
  /** Path of the prediction. */
  test: string;
  lesions?: Readonly<Record<string, readonly Lesion[]>>;
}

/** Formats lesions as CSV: a row for each, with its centre in voxels of the image and its volumes in ml. */
export function formatLesions(cases: readonly CaseLesions[], names: NamesOfLabels = {}): string {
  const header = ['case', 'label', 'name', 'lesion', 'outcome', 'x', 'y', 'z', 'reference_ml', 'prediction_ml', 'dice', 'iou']; // biome-ignore format: a row
  const rows = cases.flatMap(({ test, lesions = {} }) =>
    Object.entries(lesions).flatMap(([label, found]) =>
      found.map(({ outcome, centre, referenceVolume, testVolume, dice, iou }, i): CsvCell[] => {
        const [z, y, x] = centre.map((index) => Number(index.toFixed(1))) as [number, number, number];
        const scores = [referenceVolume, testVolume, dice, iou].map((value) => Number(value.toPrecision(12)));
        return [nameOfCase(test), label, names[label] ?? null, i + 1, outcome, x, y, z, ...scores];
      }),
    ),
  );
  return formatCsv([header, ...rows]);
}
