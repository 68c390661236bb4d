import type { Summary } from '@nnunet/metrics';
import { expect, it } from 'vitest';
import { lesionTable, scoreBoxplots, scoreTable, toleranceNote } from './score-table.ts';

const lesions = (found: number, missed: number, wrong: number, dice: number) => ({
  'Lesions Found': found,
  'Lesions Missed': missed,
  'Lesions False': wrong,
  'Lesion Dice': dice,
});
const summary = {
  results: {
    all: [
      { test: '/p/a.nii.gz', 0: { HD95: 9, NSD: 1 }, 1: { HD95: 2, NSD: 1, ...lesions(3, 1, 0, 0.9) }, 2: { HD95: NaN, NSD: NaN, ...lesions(0, 2, 1, NaN) } },
      { test: '/p/b.nii.gz', 0: { HD95: 9, NSD: 1 }, 1: { HD95: 4, NSD: 0, ...lesions(1, 0, 2, 0.5) }, 2: { HD95: NaN, NSD: 0.5, ...lesions(0, 0, 0, NaN) } },
    ],
    mean: { 0: { HD95: 9, NSD: 1 }, 1: { HD95: 3, NSD: 0.5 }, 2: { HD95: NaN, NSD: 0.5 } },
  },
} as unknown as Summary; // biome-ignore format: a table
const names = { 0: 'background', 1: 'liver' };

it('shows the means of metrics by label and of all labels but the background, and what they leave out', () => {
  expect(scoreTable(summary, { metrics: ['HD95', 'NSD'], names }).split('\n')).toEqual([
    'mean of 2 cases       HD95     NSD',
    'background          9.0000  1.0000',
    'liver               3.0000  0.5000',
    'label 2                  -  0.5000',
    'mean of the labels  3.0000  0.5000',
    'Not in the means, as undefined: HD95 (label 2 in 2 cases)',
    'Not in the means, as undefined: NSD (label 2 in 1 case)',
  ]);
  expect(toleranceNote(1, { 1: 0.5 }, names)).toBe('NSD: share of the surfaces at most 1 mm apart, liver 0.5 mm');
});

it('shows the means of regions after those of the labels', () => {
  const regions = [
    { name: 'whole', labels: [1, 2], all: [{ NSD: 0.5 }, { NSD: Number.NaN }], mean: { NSD: 0.5 } },
    { name: 'part', labels: [2], all: [{ NSD: Number.NaN }, { NSD: 0.25 }], mean: { NSD: 0.25 } },
  ];
  const both = { ...summary, results: { ...summary.results, regions } };
  expect(
    scoreTable(both, { metrics: ['NSD'], names })
      .split('\n')
      .slice(3),
  ).toEqual([
    'label 2              0.5000',
    'mean of the labels   0.5000',
    'whole                0.5000',
    'part                 0.2500',
    'mean of the regions  0.3750',
    'Not in the means, as undefined: NSD (label 2 in 1 case, whole in 1 case)',
  ]);
});

it('lists ten of the labels that the means leave out', () => {
  const labels = Array.from({ length: 30 }, (_, i) => [i + 1, { NSD: Number.NaN }] as const);
  const all = [{ test: 'a.nii.gz', ...Object.fromEntries(labels) }];
  const many = { results: { all, mean: Object.fromEntries(labels) } } as unknown as Summary;
  const last = scoreTable(many, { metrics: ['NSD'], names })
    .split('\n')
    .at(-1);
  expect(last).toMatch(/: NSD \(liver in 1 case, label 2 in 1 case, .*, label 10 in 1 case and 20 more\)$/);
});

it('counts the lesions of all cases, and weighs the Dice of a case by those found', () => {
  const [header, liver, other, rule] = lesionTable(summary, { names, iou: 0 }).split('\n');
  expect(header!.split(/ {2,}/)).toEqual(['lesions of all cases', 'found', 'missed', 'false', 'recall', 'precision', 'F1', 'Dice']); // biome-ignore format: a row
  expect(liver!.split(/ +/)).toEqual(['liver', '4', '1', '2', '0.8000', '0.6667', '0.7273', '0.8000']);
  expect(other!.split(/ {2,}/)).toEqual(['label 2', '0', '2', '1', '0.0000', '0.0000', '0.0000', '-']);
  expect(rule).toContain('if they share a voxel;');
  expect(lesionTable(summary, { names, iou: 0.1 })).toContain('if their IoU is at least 0.1;');
});

it('draws a figure for each metric, with its unit and a dot for each case', () => {
  const svg = scoreBoxplots(summary, { metrics: ['HD95', 'NSD'], names });
  expect(svg).toContain('>HD95 (mm)<');
  expect(svg.match(/>liver</g)).toHaveLength(2);
  expect(svg).not.toContain('background');
  expect(svg.match(/<circle/g)).toHaveLength(2 + 3);
  const regions = [{ name: 'whole', labels: [1, 2], all: [{ HD95: 5 }, { HD95: 6 }], mean: { HD95: 5.5 } }];
  const both = scoreBoxplots({ results: { ...summary.results, regions } } as unknown as Summary, {
    metrics: ['HD95'],
    names,
  });
  expect(both).toContain('>whole<');
  expect(both).toContain('HD95 of 2 cases by label and region');
  expect(both.match(/<circle/g)).toHaveLength(2 + 2);
  for (const [metric, unit] of [
    ['ASSD', ' (mm)'],
    ['Hausdorff Distance 95', ' (mm)'],
    ['Avg. Symmetric Surface Distance', ' (mm)'],
    ['Volume Difference', ' (ml)'],
    ['Relative Volume Difference', ''],
    ['Dice', ''],
  ] as const)
    expect(scoreBoxplots(summary, { metrics: [metric], names })).toContain(`>${metric}${unit}<`);
});
