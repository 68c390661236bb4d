import { counted, secondsInWords } from '@nnunet/errors/internal';
import type { ReportData } from '../report-data.ts';
import { caseKey } from './cases-content.ts';
import { html, type Markup } from './html.ts';
import { score } from './number-texts.ts';
import { predictionKey } from './predictions-content.ts';
import { facts, sentences } from './section.ts';
import { trainingName } from './trainings-content.ts';

/** Number of cases named at the head of the page. */
const NAMED = 8;

/** Says what there is, and what to look at first. */
export function overviewContent(data: ReportData): Markup {
  const first = whatToLookAt(data);
  return html`${facts(keyFacts(data))}
<h3>What to look at first</h3>
${first.length === 0 ? html`<p>Nothing unusual was found.</p>` : html`<ol class="first">${first.map((item) => html`<li>${item}</li>`)}</ol>`}
${data.missing.length === 0 ? null : html`<h3>What is missing</h3>${sentences(data.missing)}`}`;
}

function keyFacts({ dataset, trainings, scores, cases, predictions }: ReportData): [string, string][] {
  const list: [string, string][] = [];
  if (dataset !== null) {
    list.push(['Training cases', String(dataset.cases.filter(({ training }) => training).length)]);
  }
  const folds = trainings.flatMap((training) => training.folds);
  if (folds.length > 0) {
    list.push(['Trainings finished', `${folds.filter(({ finished }) => finished).length} of ${folds.length}`]);
    list.push(['Time of training', secondsInWords(folds.reduce((sum, { seconds }) => sum + seconds, 0))]);
  }
  const best = scores?.candidates.find((candidate) => candidate.best);
  if (best !== undefined) {
    list.push(['Best', best.name]);
    list.push(['Its mean Dice', score(best.meanPostprocessed ?? best.mean)]);
  }
  if (cases.length > 0) list.push(['Cases compared', String(cases.length)]);
  if (predictions !== null) list.push(['Predictions', String(predictions.cases.length)]);
  return list;
}

function whatToLookAt({ dataset, trainings, cases, predictions }: ReportData): Markup[] {
  const remarked = [
    ...cases.map((entry, i) => ({ entry, key: caseKey(i) })),
    ...(predictions?.cases ?? []).map((entry, i) => ({ entry, key: predictionKey(i) })),
  ].filter(({ entry }) => entry.remarks.length > 0);
  const items = remarked
    .slice(0, NAMED)
    .map(({ entry, key }) => html`<a href="#${key}">${entry.id}</a>: ${entry.remarks[0]}`);
  if (remarked.length > NAMED) {
    items.push(html`${counted(remarked.length - NAMED, 'more case')} with remarks, in the sections below.`);
  }
  if (dataset !== null && dataset.faults.length > 0) {
    const { faults } = dataset;
    items.push(
      html`<a href="#dataset">Data set</a>: ${faults[0]}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}`,
    );
  }
  for (const training of trainings) {
    const open = training.folds.filter(({ finished }) => !finished).map(({ fold }) => fold);
    if (open.length > 0) {
      items.push(
        html`<a href="#trainings">${trainingName(training)}</a>: not finished: fold${open.length > 1 ? 's' : ''} ${open.join(', ')}.`,
      );
    }
  }
  return items;
}
