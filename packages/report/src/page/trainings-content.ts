import { counted, secondsInWords } from '@nnunet/errors/internal';
import { renderLines } from '@nnunet/plot';
import type { TrainingSection } from '../report-data.ts';
import { html, type Markup } from './html.ts';
import type { LabelNames } from './label-names.ts';
import { defined, NONE, score, spreadOf } from './number-texts.ts';
import { chart } from './picture.ts';
import { table } from './table.ts';

/** Shows how the networks learnt, and what they reached. */
export function trainingsContent(trainings: readonly TrainingSection[], names: LabelNames): Markup {
  return html`${trainings.map(
    (training) => html`<article class="training"><h3>${trainingName(training)}</h3>
<div class="charts">${trainingCharts(training)}</div>
${foldTable(training, names)}
${changedSettings(training)}
</article>`,
  )}`;
}

export function trainingName({ configuration, trainer }: TrainingSection): string {
  return `${configuration}, ${trainer}`;
}

type Curve = 'trainLosses' | 'validationLosses' | 'dice' | 'learningRates';

const CURVES: readonly { field: Curve; title: string; axis: string; range?: [number, number] }[] = [
  { field: 'trainLosses', title: 'Training loss', axis: 'loss' },
  { field: 'validationLosses', title: 'Validation loss', axis: 'loss' },
  { field: 'dice', title: 'Dice of validation patches', axis: 'Dice', range: [0, 1] },
  { field: 'learningRates', title: 'Learning rate', axis: 'learning rate' },
];

function trainingCharts({ folds }: TrainingSection): Markup[] {
  return CURVES.flatMap(({ field, title, axis, range }) => {
    const each = folds.map((fold) => ({
      name: foldName(fold.fold),
      values: fold[field].map((value) => value ?? Number.NaN),
    }));
    const same = each.length > 1 && each.every(({ values }) => values.join() === each[0]!.values.join());
    const curves = same ? [{ name: 'all folds', values: each[0]!.values }] : each;
    const shown = curves.filter(({ values }) => values.some(Number.isFinite));
    if (shown.length === 0) return [];
    const description = shown.map(({ name, values }) => describeCurve(name, values)).join(' ');
    return [chart(renderLines({ title, description, xTitle: 'epoch', yTitle: axis, series: curves, range }))];
  });
}

function describeCurve(name: string, values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const [first, last] = [finite[0]!, finite.at(-1)!].map((value) => String(Number(value.toPrecision(3))));
  return `${name}: from ${first} to ${last} in ${counted(values.length, 'epoch')}.`;
}

function foldName(fold: string): string {
  return fold === 'all' ? 'all cases' : `fold ${fold}`;
}

function foldTable(training: TrainingSection, names: LabelNames): Markup {
  const { folds } = training;
  const labels = names.foreground(folds.flatMap(({ validation }) => (validation === null ? [] : [validation])));
  const rows = folds.map(({ fold, epochs, finished, dice, seconds, machine, validation }) => [
    foldName(fold),
    `${epochs}${finished ? '' : ' (not finished)'}`,
    score(defined(dice).at(-1)),
    validation === null ? NONE : score(spreadOf(labels.map((label) => validation[label]))?.mean),
    ...labels.map((label) => score(validation?.[label])),
    secondsInWords(seconds),
    machine ?? NONE,
  ]);
  return html`${table({
    caption: `Folds of ${trainingName(training)}`,
    columns: [
      'Fold',
      'Epochs',
      'Last Dice of patches',
      'Validation Dice',
      ...labels.map((label) => names.of(label)),
      'Time',
      'Machine',
    ],
    rows,
    words: [labels.length + 5],
  })}`;
}

/** Settings that differ from the defaults: once for all folds where they agree. */
function changedSettings(training: TrainingSection): Markup {
  const { folds } = training;
  const where = new Map<string, { row: [string, string, string]; folds: string[] }>();
  for (const { fold, changed } of folds) {
    for (const { name, value, usual } of changed) {
      const key = JSON.stringify([name, value, usual]);
      const entry = where.get(key) ?? { row: [name, value, usual], folds: [] };
      entry.folds.push(fold);
      where.set(key, entry);
    }
  }
  if (where.size === 0) return html`<p>All settings are nnU-Net’s defaults.</p>`;
  return table({
    caption: `Settings of ${trainingName(training)} that differ from the defaults`,
    columns: ['Setting', 'Here', 'Usually', 'Folds'],
    rows: [...where.values()].map(({ row, folds: those }) => [
      ...row,
      those.length === folds.length ? 'all' : those.join(', '),
    ]),
    words: [1, 2, 3],
  });
}
