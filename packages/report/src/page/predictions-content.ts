import { renderStrips } from '@nnunet/plot';
import type { PredictedCase, PredictionSection } from '../report-data.ts';
import { type CaseCard, drawCard } from './case-card.ts';
import { describeRows } from './describe-rows.ts';
import { html, type Markup } from './html.ts';
import type { LabelNames } from './label-names.ts';
import { fixed, millilitres, plain } from './number-texts.ts';
import { chart } from './picture.ts';
import { firstRemark } from './section.ts';
import { table } from './table.ts';

const DISAGREEMENT = {
  folds:
    'Disagreement is the share of the pairs of folds that give a voxel different labels, on average where there may be foreground.',
  probabilities:
    'Disagreement is the entropy of the mean probabilities of the folds, as a fraction of the highest possible, on average where there may be foreground.',
};

/** Shows predictions without references: how large, of how many parts, and how unlike the training data they are. */
export function predictionsContent({ folder, cases }: PredictionSection, names: LabelNames): Markup {
  const labels = names.foreground(cases.map(({ volumes }) => volumes));
  const rows = labels.map((label) => ({
    name: names.of(label),
    points: cases.flatMap(({ id, volumes }) => {
      const volume = volumes[label];
      return volume === undefined ? [] : [{ name: `${id}: ${millilitres(volume)} ml`, value: volume / 1000 }];
    }),
  }));
  const title = 'Predicted volumes';
  const volumes = { title, description: describeRows('ml', rows), axis: 'ml', rows, logarithmic: true };
  const disagreement = [
    {
      name: 'disagreement',
      points: cases.flatMap(({ id, disagreement: value }) =>
        value === null ? [] : [{ name: `${id}: ${plain(value)}`, value }],
      ),
    },
  ];
  const unsure = {
    title: 'Where the folds disagree',
    description: describeRows('of at most 1', disagreement),
    axis: 'disagreement, 0 to 1',
    rows: disagreement,
  };
  return html`<p>Predictions in <code>${folder}</code>. They have no references, so nothing is known of their quality; those most unlike the training data, or on which the folds disagree, come first.</p>
${[...new Set(cases.map(({ disagreementOf }) => disagreementOf))].map((kind) => (kind === null ? null : html`<p class="note">${DISAGREEMENT[kind]}</p>`))}
${names.legend()}
<div class="charts">${chart(renderStrips(volumes))}${disagreement[0]!.points.length === 0 ? null : chart(renderStrips(unsure))}</div>
<div class="cards">${cases.flatMap((entry, i) => (hasCard(entry) ? [drawCard(card(entry, i, names))] : []))}</div>
<h3>All predictions</h3>
${predictionTable(cases, labels, names)}`;
}

/** Id in the page of the i-th prediction. */
export function predictionKey(i: number): string {
  return `prediction-${i}`;
}

function hasCard({ pictures, remarks }: PredictedCase): boolean {
  return pictures.length > 0 || remarks.length > 0;
}

function predictionTable(cases: readonly PredictedCase[], labels: readonly string[], names: LabelNames): Markup {
  return table({
    caption: 'Volumes in ml, with the number of components',
    columns: ['Case', ...labels.map((label) => names.of(label)), 'Disagreement', 'Remarks'],
    words: [labels.length + 2],
    rows: cases.map((entry, i) => [
      hasCard(entry) ? html`<a href="#${predictionKey(i)}">${entry.id}</a>` : entry.id,
      ...labels.map((label) => `${millilitres(entry.volumes[label])} (${entry.components[label] ?? 0})`),
      fixed(entry.disagreement, 3),
      firstRemark(entry.remarks),
    ]),
  });
}

function card(entry: PredictedCase, i: number, names: LabelNames): CaseCard {
  const { id, volumes, components, disagreement, remarks, pictures, volume } = entry;
  return {
    key: predictionKey(i),
    id,
    about: disagreement === null ? 'No reference' : `No reference; disagreement ${fixed(disagreement, 3)}`,
    tag: null,
    remarks,
    pictures,
    details: table({
      caption: 'What was predicted',
      columns: ['Label', 'Volume in ml', 'Components'],
      rows: names
        .foreground([volumes])
        .map((label) => [names.of(label), millilitres(volumes[label]), components[label] ?? 0]),
    }),
    volume,
  };
}
