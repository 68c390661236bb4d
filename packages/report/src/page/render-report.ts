import { gzipSync } from 'node:zlib';
import type { ReportData } from '../report-data.ts';
import { browserFile, hashSource, viewerFile } from './assets.ts';
import { casesContent } from './cases-content.ts';
import { datasetContent } from './dataset-content.ts';
import { html, Markup } from './html.ts';
import { LabelNames } from './label-names.ts';
import { overviewContent } from './overview-content.ts';
import { plansContent } from './plans-content.ts';
import { predictionsContent } from './predictions-content.ts';
import { scoresContent } from './scores-content.ts';
import { drawSection, type Section } from './section.ts';
import { STYLE } from './style.ts';
import { trainingsContent } from './trainings-content.ts';

/**
 * Draws a report as one HTML file that opens from the disk. It asks the network for nothing, and its
 * Content-Security-Policy forbids that and every script but its own.
 *
 * @throws NnUNetError 'not-built' if the package's files for the browser are missing
 */
export function renderReport(data: ReportData): string {
  const sections = sectionsOf(data);
  const script = browserFile('page.js').toString('utf8');
  const entries = [...data.cases, ...(data.predictions?.cases ?? [])];
  const viewer = entries.some(({ volume }) => volume !== null) ? viewerFile('viewer.js') : null;
  const policy = [
    "default-src 'none'",
    `script-src ${[script, ...(viewer === null ? [] : [viewer])].map(hashSource).join(' ')}`,
    `style-src ${hashSource(STYLE)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${data.task}: report</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header class="wrap head"><h1>${data.task}</h1><p>Report of ${when(data.created)}, by the rules of ${data.rules}</p></header>
<nav aria-label="Sections"><div class="wrap"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul><button type="button" class="theme">Dark page</button></div></nav>
<main class="wrap" id="main" tabindex="-1">
${sections.map(drawSection)}
</main>
<footer class="wrap"><p>Made by nnU-Net in TypeScript. All numbers are also in the JSON and CSV files beside this page.</p>${viewer === null ? null : licenses()}</footer>
<dialog aria-labelledby="dialog-title"><div class="bar"><h2 id="dialog-title" tabindex="-1"></h2><button type="button" class="previous">Previous</button><button type="button" class="next">Next</button><button type="button" class="close">Close</button></div><div class="body"></div></dialog>
${viewer === null ? null : viewerData(viewer, data)}<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

function sectionsOf(data: ReportData): Section[] {
  const { dataset, plans, trainings, scores, cases, predictions } = data;
  const names = new LabelNames(data);
  const sections: Section[] = [{ id: 'overview', title: 'Overview', content: overviewContent(data) }];
  if (dataset !== null) sections.push({ id: 'dataset', title: 'Data set', content: datasetContent(dataset, names) });
  if (plans !== null) sections.push({ id: 'plans', title: 'Plans', content: plansContent(plans) });
  if (trainings.length > 0)
    sections.push({ id: 'trainings', title: 'Trainings', content: trainingsContent(trainings, names) });
  if (scores !== null) sections.push({ id: 'scores', title: 'Scores', content: scoresContent(scores, names) });
  if (cases.length > 0) sections.push({ id: 'cases', title: 'Cases', content: casesContent(cases, names) });
  if (predictions !== null)
    sections.push({ id: 'predictions', title: 'Predictions', content: predictionsContent(predictions, names) });
  return sections;
}

/** The viewer's script, which the page's script runs when a volume is opened, and the labels that it colours. */
function viewerData(script: Buffer, { dataset }: ReportData): Markup {
  const labels = (dataset?.labels ?? []).map(({ value, writes = value, name, color }) => ({
    value: writes,
    name,
    color,
  }));
  const packed = gzipSync(script, { level: 9 }).toString('base64');
  return html`<template class="viewer" data-script="${packed}" data-labels="${JSON.stringify(labels)}"></template>
`;
}

function licenses(): Markup {
  const texts = viewerFile('viewer-third-party.txt').toString('utf8');
  return html`<details><summary>Licences of the viewer of volumes</summary><pre>${texts}</pre></details>`;
}

/** '2026-03-01T12:30:00.000Z' as '1 March 2026, 12:30 UTC'; other texts as they are. */
function when(created: string): string {
  const date = new Date(created);
  if (Number.isNaN(date.getTime())) return created;
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}
