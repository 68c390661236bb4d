import type { CaseEntry } from '../report-data.ts';
import { type CaseCard, drawCard } from './case-card.ts';
import { html, type Markup } from './html.ts';
import type { LabelNames } from './label-names.ts';
import { score } from './number-texts.ts';
import { firstRemark } from './section.ts';
import { table } from './table.ts';

/** Shows cases with a prediction and a reference: those to look at as cards, all of them in a table. */
export function casesContent(cases: readonly CaseEntry[], names: LabelNames): Markup {
  const labels = names.foreground(cases.map(({ dice }) => dice));
  const cards = cases.flatMap((entry, i) => (hasCard(entry) ? [drawCard(card(entry, i, names))] : []));
  return html`<p>Cases that need a look come first, then the worst, the median and the best by Dice. Reference and prediction are shown in the slice where they disagree most; on the prediction, the reference is outlined in white.</p>
${names.legend()}
<div class="cards">${cards}</div>
<h3>All cases</h3>
${table({
  caption: 'Dice of all cases',
  columns: ['Case', 'Prediction', ...labels.map((label) => names.of(label)), 'Mean Dice', 'Remarks'],
  words: [1, labels.length + 3],
  rows: cases.map((entry, i) => [
    hasCard(entry) ? html`<a href="#${caseKey(i)}">${entry.id}</a>` : entry.id,
    entry.origin,
    ...labels.map((label) => score(entry.dice[label])),
    score(entry.meanDice),
    firstRemark(entry.remarks),
  ]),
})}`;
}

/** Id in the page of the i-th case. */
export function caseKey(i: number): string {
  return `case-${i}`;
}

function hasCard({ pictures, remarks, role }: CaseEntry): boolean {
  return pictures.length > 0 || remarks.length > 0 || role !== null;
}

function card(entry: CaseEntry, i: number, names: LabelNames): CaseCard {
  const { id, origin, meanDice, role, remarks, pictures, volume, dice } = entry;
  return {
    key: caseKey(i),
    id,
    about: `Mean Dice ${score(meanDice)}; ${origin}`,
    tag: role,
    remarks,
    pictures,
    details: table({
      caption: 'Dice by label',
      columns: ['Label', 'Dice'],
      rows: names.foreground([dice]).map((label) => [names.of(label), score(dice[label])]),
    }),
    volume,
  };
}
