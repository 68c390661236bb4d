import { counted } from '@nnunet/errors/internal';
import { renderIntervals, renderStrips } from '@nnunet/plot';
import type { ScoresSection } from '../report-data.ts';
import { describeRows } from './describe-rows.ts';
import { html, type Markup } from './html.ts';
import type { LabelNames } from './label-names.ts';
import { defined, fixed, NONE, plain, score, spreadOf } from './number-texts.ts';
import { chart } from './picture.ts';
import { sentences } from './section.ts';
import { table } from './table.ts';

type ScoresByCase = Record<string, number | null>;

/** Compares what was trained: scores by label, the best candidate, and by how much it won. */
export function scoresContent(scores: ScoresSection, names: LabelNames): Markup {
  return html`${scores.candidates.length === 0 ? null : candidates(scores, names)}
${scores.test === null ? null : html`<h3>Test images</h3>${testScores(scores.test, names)}`}`;
}

function candidates(
  { candidates: compared, differences, notes, postprocessing }: ScoresSection,
  names: LabelNames,
): Markup {
  const labels = names.foreground(compared.map(({ dice }) => dice));
  const best = compared.flatMap((candidate, i) => (candidate.best ? [i] : []));
  const rows = compared.map(({ name, dice, means, mean, meanPostprocessed, cases }, i) => [
    best.includes(i) ? `${name} (best)` : name,
    ...labels.map((label) => spread(Object.values(dice[label] ?? {}), means[label])),
    score(mean),
    score(meanPostprocessed),
    cases,
  ]);
  const strips = labels.map((label) => {
    const stripRows = compared.map(({ name, dice }) => ({ name, points: pointsOf(dice[label] ?? {}) }));
    const title = `Dice of ${names.of(label)}`;
    return chart(renderStrips({ title, description: describeRows('Dice', stripRows), axis: 'Dice', rows: stripRows }));
  });
  return html`${table({
    caption: 'Dice in cross-validation: mean ± standard deviation of the cases',
    columns: ['Candidate', ...labels.map((label) => names.of(label)), 'Mean', 'Mean after postprocessing', 'Cases'],
    rows,
    strong: best,
  })}
${sentences(notes)}
${differences.length === 0 ? null : winner(compared[best[0]!]?.name ?? 'The best', differences)}
<h3>Case by case</h3>
<p class="note">Each dot is a case; the box spans the middle half of the cases, its line is the median.</p>
<div class="charts">${strips}</div>
<h3>Postprocessing</h3>
${postprocessing.length === 0 ? html`<p>It changed nothing.</p>` : sentences(postprocessing)}`;
}

/** With fewer cases, an interval from resampling them is too narrow to build on. */
const FEW = 10;

function winner(best: string, differences: ScoresSection['differences']): Markup {
  const told = differences.map(({ other, difference, low, high, cases }) => {
    const interval = `95 % interval from resampling ${counted(cases, 'case')}: ${fixed(low, 4)} to ${fixed(high, 4)}`;
    const verdict =
      low <= 0
        ? 'The difference may be chance.'
        : cases < FEW
          ? 'So few cases prove nothing.'
          : 'The difference is unlikely to be chance.';
    return `${best} is better than ${other} by ${fixed(difference, 4)} (${interval}). ${verdict}`;
  });
  const rows = differences.map(({ other, difference, low, high }) => ({ name: other, value: difference, low, high }));
  const drawing = renderIntervals({
    title: `How much better ${best} is`,
    description: told.join(' '),
    axis: 'difference of mean Dice',
    rows,
  });
  return html`<h3>Which is best, and by how much</h3>
<div class="beside">${sentences(told)}<div class="charts">${chart(drawing)}</div></div>`;
}

function testScores(test: NonNullable<ScoresSection['test']>, names: LabelNames): Markup {
  const metrics = Object.keys(test).sort((a, b) => Number(isDrawn(b)) - Number(isDrawn(a)));
  const labels = names.foreground(Object.values(test));
  const rows = metrics.map((metric) => [
    metric,
    ...labels.map((label) => spread(Object.values(test[metric]![label] ?? {}))),
  ]);
  const strips = metrics.filter(isDrawn).flatMap((metric) => {
    const stripRows = labels.map((label) => ({ name: names.of(label), points: pointsOf(test[metric]![label] ?? {}) }));
    if (stripRows.every(({ points }) => points.length === 0)) return [];
    const description = describeRows(metric, stripRows);
    return [chart(renderStrips({ title: `${metric} of test images`, description, axis: metric, rows: stripRows }))];
  });
  return html`${table({
    caption: 'Scores of test images: mean ± standard deviation of the cases',
    columns: ['Metric', ...labels.map((label) => names.of(label))],
    rows,
  })}
<div class="charts">${strips}</div>`;
}

/** Overlap and distances of surfaces are drawn; rates of voxels, which say little of small structures, are in the table. */
function isDrawn(metric: string): boolean {
  return /dice|hausdorff|surface/i.test(metric);
}

/** Mean and standard deviation; the mean is the one given, if there is one. */
function spread(values: readonly (number | null)[], given?: number | null): string {
  const found = spreadOf(values);
  if (found === null) return NONE;
  const mean = given ?? found.mean;
  const write = Math.abs(mean) < 10 ? score : plain;
  return found.deviation === null ? write(mean) : `${write(mean)} ± ${write(found.deviation)}`;
}

function pointsOf(cases: ScoresByCase): { name: string; value: number }[] {
  return Object.entries(cases).flatMap(([id, value]) =>
    defined([value]).map((number) => ({ name: `${id}: ${plain(number)}`, value: number })),
  );
}
