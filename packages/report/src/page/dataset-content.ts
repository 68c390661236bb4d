import { counted } from '@nnunet/errors/internal';
import { renderStrips, type StripChart, type StripPoint } from '@nnunet/plot';
import type { DatasetCase, DatasetSection } from '../report-data.ts';
import { describeRows } from './describe-rows.ts';
import { html, type Markup } from './html.ts';
import type { LabelNames } from './label-names.ts';
import { defined, millilitres, NONE, plain } from './number-texts.ts';
import { chart, figure } from './picture.ts';
import { facts, sentences } from './section.ts';
import { table } from './table.ts';

const AXES = ['z', 'y', 'x'] as const;

/** Shows the cases of a task: their sizes, spacings, intensities and labels. */
export function datasetContent(dataset: DatasetSection, names: LabelNames): Markup {
  const { cases, faults, gallery, modalities, notes } = dataset;
  const training = cases.filter((entry) => entry.training).length;
  const test = cases.length - training;
  return html`${facts([
    ['Name', dataset.name],
    [
      'Cases',
      test === 0 ? counted(training, 'training case') : `${counted(training, 'training case')}, ${test} for testing`,
    ],
    ['Modalities', modalities.join(', ')],
    ['Labels', names.legend()],
    ...sameForAll(cases),
  ])}
<h3>Faults and oddities</h3>
${faults.length === 0 ? html`<p>None were found.</p>` : sentences(faults, 'remarks')}
${gallery.length === 0 ? null : html`<h3>Examples</h3><div class="gallery">${gallery.map(figure)}</div>`}
${
  cases.length === 0
    ? null
    : html`<h3>Distributions</h3>
<p class="note">Each dot is a case${test > 0 ? ', a ring a case for testing' : ''}; the box spans the middle half of the cases, its line is the median.${notes.map((note) => ` ${note}`)}</p>
<div class="charts">${datasetCharts(dataset).map((options) => chart(renderStrips(options)))}</div>
<details><summary>All ${counted(cases.length, 'case')} as a table</summary>${caseTable(dataset)}</details>`
}`;
}

/** Sizes and spacings that all cases share: a chart of them would show one point. */
function sameForAll(cases: readonly DatasetCase[]): [string, string][] {
  const facts = [
    ['Size of all cases', ({ shape }: DatasetCase) => `${shape.join(' × ')} voxels`],
    ['Spacing of all cases', ({ spacing }: DatasetCase) => `${spacing.map(plain).join(' × ')} mm`],
  ] as const;
  return facts.flatMap(([name, write]): [string, string][] => {
    const [first, ...others] = new Set(cases.map(write));
    return first !== undefined && others.length === 0 ? [[name, first]] : [];
  });
}

function datasetCharts({ cases, modalities, labels }: DatasetSection): StripChart[] {
  const row = (name: string, value: (entry: DatasetCase) => number | null | undefined) => ({
    name,
    points: cases.flatMap((entry): StripPoint[] => {
      const number = value(entry);
      return typeof number === 'number' ? [point(entry, number)] : [];
    }),
  });
  const charts: Omit<StripChart, 'description'>[] = [
    {
      title: 'Sizes',
      axis: 'voxels',
      rows: AXES.map((axis, i) => row(axis, ({ shape }) => shape[i])),
    },
    {
      title: 'Spacings',
      axis: 'mm',
      rows: AXES.map((axis, i) => row(axis, ({ spacing }) => spacing[i])),
    },
    ...modalities.map((modality, m) => ({
      title: `Intensities of ${modality}`,
      axis: 'intensity in the foreground',
      rows: ['0.5 %', 'median', '99.5 %'].map((name, i) => row(name, ({ intensities }) => intensities[m]?.[i])),
    })),
    {
      title: 'Volumes of the labels',
      axis: 'ml',
      logarithmic: true,
      rows: labels.map(({ name }, i) =>
        row(name, ({ volumes }) => (typeof volumes[i] === 'number' ? volumes[i] / 1000 : null)),
      ),
    },
  ];
  return charts
    .filter(({ rows }) => rows.some(({ points }) => points.some(({ value }) => value !== points[0]!.value)))
    .map((options) => ({ ...options, description: describeRows(options.axis, options.rows) }));
}

function point({ id, training }: DatasetCase, value: number): StripPoint {
  return { name: `${id}: ${plain(value)}`, value, hollow: !training };
}

function caseTable({ cases, labels, modalities }: DatasetSection): Markup {
  const measured = cases.some(({ intensities }) => intensities.some((values) => values !== null));
  return table({
    caption: 'Cases of the data set',
    columns: [
      'Case',
      'Use',
      'Size (z × y × x)',
      'Spacing in mm',
      ...(measured ? modalities.map((name) => `${name}: 0.5 %, median, 99.5 %`) : []),
      ...labels.map(({ name }) => `${name} in ml`),
    ],
    words: [1],
    rows: cases.map(({ id, training, shape, spacing, intensities, volumes }) => [
      id,
      training ? 'training' : 'testing',
      shape.join(' × '),
      spacing.map(plain).join(' × '),
      ...(measured
        ? modalities.map(
            (_, m) =>
              defined(intensities[m] ?? [])
                .map(plain)
                .join(', ') || NONE,
          )
        : []),
      ...labels.map((_, i) => millilitres(volumes[i])),
    ]),
  });
}
