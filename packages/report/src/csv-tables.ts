import { type CsvCell, formatCsv } from '@nnunet/schema/internal';
import type { ReportData } from './report-data.ts';

/** The numbers of a report as tables, by name; their first row names the columns. Null for tables without other rows. */
export function csvTables(data: ReportData): Record<string, string | null> {
  const tables: Record<string, CsvCell[][]> = {
    dataset: datasetRows(data),
    trainings: trainingRows(data),
    scores: scoreRows(data),
    cases: caseRows(data),
    predictions: predictionRows(data),
  };
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [name, rows.length > 1 ? formatCsv(rows) : null]),
  );
}

function datasetRows({ dataset }: ReportData): CsvCell[][] {
  if (dataset === null) return [];
  const axes = ['z', 'y', 'x'];
  return [
    [
      'case',
      'training',
      ...axes.map((axis) => `voxels_${axis}`),
      ...axes.map((axis) => `spacing_${axis}_mm`),
      ...dataset.modalities.flatMap((name) => ['p00_5', 'median', 'p99_5'].map((part) => `${name}_${part}`)),
      ...dataset.labels.map(({ name }) => `${name}_mm3`),
    ],
    ...dataset.cases.map(({ id, training, shape, spacing, intensities, volumes }) => [
      id,
      training,
      ...shape,
      ...spacing,
      ...dataset.modalities.flatMap((_, m) => intensities[m] ?? [null, null, null]),
      ...volumes,
    ]),
  ];
}

function trainingRows({ trainings }: ReportData): CsvCell[][] {
  const folds = trainings.flatMap(({ configuration, trainer, folds }) =>
    folds.flatMap(({ fold, trainLosses, validationLosses, dice, learningRates }) =>
      trainLosses.map((loss, e): CsvCell[] => [
        configuration,
        trainer,
        fold,
        e + 1,
        loss,
        validationLosses[e] ?? null,
        dice[e] ?? null,
        learningRates[e] ?? null,
      ]),
    ),
  );
  return [
    ['configuration', 'trainer', 'fold', 'epoch', 'train_loss', 'validation_loss', 'online_dice', 'learning_rate'],
    ...folds,
  ];
}

function scoreRows({ scores }: ReportData): CsvCell[][] {
  const rows: CsvCell[][] = [['candidate', 'metric', 'label', 'case', 'value']];
  for (const { name, dice } of scores?.candidates ?? [])
    for (const [label, cases] of Object.entries(dice))
      for (const [id, value] of Object.entries(cases)) rows.push([name, 'Dice', label, id, value]);
  for (const [metric, labels] of Object.entries(scores?.test ?? {}))
    for (const [label, cases] of Object.entries(labels))
      for (const [id, value] of Object.entries(cases)) rows.push(['test', metric, label, id, value]);
  return rows;
}

function caseRows({ cases }: ReportData): CsvCell[][] {
  const labels = [...new Set(cases.flatMap(({ dice }) => Object.keys(dice)))];
  return [
    ['case', 'origin', 'mean_dice', ...labels.map((label) => `dice_${label}`), 'role', 'remarks'],
    ...cases.map(({ id, origin, meanDice, dice, role, remarks }): CsvCell[] => [
      id,
      origin,
      meanDice,
      ...labels.map((label) => dice[label] ?? null),
      role,
      remarks.join(' '),
    ]),
  ];
}

function predictionRows({ predictions }: ReportData): CsvCell[][] {
  const cases = predictions?.cases ?? [];
  const labels = [...new Set(cases.flatMap(({ volumes }) => Object.keys(volumes)))];
  return [
    [
      'case',
      ...labels.map((label) => `volume_${label}_mm3`),
      ...labels.map((label) => `components_${label}`),
      'disagreement',
      'remarks',
    ],
    ...cases.map(({ id, volumes, components, disagreement, remarks }): CsvCell[] => [
      id,
      ...labels.map((label) => volumes[label] ?? null),
      ...labels.map((label) => components[label] ?? null),
      disagreement,
      remarks.join(' '),
    ]),
  ];
}
