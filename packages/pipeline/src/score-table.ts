import { counted, listed } from '@nnunet/errors/internal';
import type { LesionMetric, NamesOfLabels, Scores, Summary } from '@nnunet/metrics';
import { meanWithoutNaN, nameOfCase } from '@nnunet/metrics/internal';
import { renderSheet, renderStrips } from '@nnunet/plot';
import { fourDigits } from './four-digits.ts';
import { plainTable } from './plain-table.ts';

interface ShownScores {
  metrics: readonly string[];
  names: NamesOfLabels;
}

/** Formats the means of metrics as plain text: a row for each label, and the mean of all but the background; the same of regions. */
export function scoreTable({ results }: Summary, { metrics, names }: ShownScores): string {
  const labels = labelsOf(results.mean);
  const foreground = labels.filter((label) => label !== '0');
  const meanOf = (label: string, metric: string) => results.mean[label]?.[metric] ?? Number.NaN;
  const rows = labels.map((label) => [
    nameOf(label, names),
    ...metrics.map((metric) => fourDigits(meanOf(label, metric))),
  ]);
  if (foreground.length > 1) {
    const means = metrics.map((metric) => meanWithoutNaN(foreground.map((label) => meanOf(label, metric))));
    rows.push(['mean of the labels', ...means.map(fourDigits)]);
  }
  const { regions = [] } = results;
  const ofRegion = (metric: string) => regions.map(({ mean }) => mean[metric] ?? Number.NaN);
  for (const { name, mean } of regions) rows.push([name, ...metrics.map((metric) => fourDigits(mean[metric]))]);
  if (regions.length > 1) {
    rows.push(['mean of the regions', ...metrics.map((metric) => fourDigits(meanWithoutNaN(ofRegion(metric))))]);
  }
  const header = [`mean of ${counted(results.all.length, 'case')}`, ...metrics];
  return [...plainTable([header, ...rows]), ...undefinedScores({ results }, { metrics, names })].join('\n');
}

/** Says in how many cases metrics are undefined, so that their means leave these out; metrics with the same cases share a line. */
function undefinedScores({ results }: Pick<Summary, 'results'>, { metrics, names }: ShownScores): string[] {
  const metricsByCases = new Map<string, { metrics: string[]; places: string[] }>();
  for (const metric of metrics) {
    const places = labelsOf(results.mean).flatMap((label) => {
      const count = results.all.filter((scored) => Number.isNaN((scored[label] as Scores)[metric])).length;
      return count === 0 ? [] : [`${nameOf(label, names)} in ${counted(count, 'case')}`];
    });
    for (const { name, labels, all } of results.regions ?? []) {
      // A region of one label is undefined where this is.
      const count = labels.length === 1 ? 0 : all.filter((scores) => Number.isNaN(scores[metric])).length;
      if (count > 0) places.push(`${name} in ${counted(count, 'case')}`);
    }
    if (places.length === 0) continue;
    const same = metricsByCases.get(places.join());
    if (same === undefined) metricsByCases.set(places.join(), { metrics: [metric], places });
    else same.metrics.push(metric);
  }
  return Array.from(
    metricsByCases.values(),
    (same) => `Not in the means, as undefined: ${same.metrics.join(', ')} (${listed(same.places)})`,
  );
}

/** Says what tolerance NSD allows. */
export function toleranceNote(
  tolerance: number,
  labelTolerances: Readonly<Record<string, number>>,
  names: NamesOfLabels,
): string {
  const others = Object.entries(labelTolerances).map(([label, mm]) => `, ${nameOf(label, names)} ${mm} mm`);
  return `NSD: share of the surfaces at most ${tolerance} mm apart${others.join('')}`;
}

/** Formats the lesions of all cases together as plain text: a row for each label but the background. */
export function lesionTable({ results }: Summary, { names, iou }: { names: NamesOfLabels; iou: number }): string {
  const rows = labelsOf(results.mean)
    .filter((label) => label !== '0')
    .map((label) => {
      const scores = results.all.map((scored) => scored[label] as Record<LesionMetric, number>);
      const total = (metric: LesionMetric) => scores.reduce((sum, score) => sum + score[metric], 0);
      const [found, missed, wrong] = [total('Lesions Found'), total('Lesions Missed'), total('Lesions False')];
      const dice = scores.reduce(
        (sum, s) => sum + (s['Lesions Found'] > 0 ? s['Lesion Dice'] * s['Lesions Found'] : 0),
        0,
      );
      const rates = [found / (found + missed), found / (found + wrong), (2 * found) / (2 * found + missed + wrong)];
      return [nameOf(label, names), ...[found, missed, wrong].map(String), ...[...rates, dice / found].map(fourDigits)];
    });
  const header = ['lesions of all cases', 'found', 'missed', 'false', 'recall', 'precision', 'F1', 'Dice'];
  const rule = iou === 0 ? 'they share a voxel' : `their IoU is at least ${iou}`;
  return [
    ...plainTable([header, ...rows]),
    `Lesions are connected components of a label. Two are the same if ${rule}; Dice: mean of those found`,
  ].join('\n');
}

/** Draws a figure for each metric, as SVG: a box plot for each label but the background, and for each region, with a dot for each case. */
export function scoreBoxplots({ results }: Summary, { metrics, names }: ShownScores): string {
  const labels = labelsOf(results.mean).filter((label) => label !== '0');
  const regions = results.regions ?? [];
  const figures = metrics.map((metric) =>
    renderStrips({
      title: metric,
      description: `${metric} of ${counted(results.all.length, 'case')} by label${regions.length > 0 ? ' and region' : ''}`,
      axis: `${metric}${UNITS.find(({ of }) => of.test(metric))?.unit ?? ''}`,
      rows: [
        ...labels.map((label) => rowOf(nameOf(label, names), (_, scored) => scored[label] as Scores, metric)),
        ...regions.map(({ name, all }) => rowOf(name, (i) => all[i]!, metric)),
      ],
    }),
  );
  return renderSheet(figures);

  function rowOf(name: string, scoresOf: (i: number, scored: (typeof results.all)[number]) => Scores, metric: string) {
    const scoreOf = (i: number) => scoresOf(i, results.all[i]!)[metric] ?? Number.NaN;
    return { name, points: results.all.map(({ test }, i) => ({ name: nameOfCase(test), value: scoreOf(i) })) };
  }
}

const UNITS = [
  { of: /^(HD|HD95|ASD|ASSD|MASD|Hausdorff Distance.*|Avg\..* Surface Distance)$/, unit: ' (mm)' },
  { of: /^Volume Difference$/, unit: ' (ml)' },
];

/** Labels with a mean, the background included. */
export function labelsOf(mean: Summary['results']['mean']): string[] {
  return Object.keys(mean).filter((label) => label !== 'mean');
}

export function nameOf(label: string, names: NamesOfLabels): string {
  return names[label] ?? `label ${label}`;
}
