import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { readSummaryV2 } from '@nnunet/metrics/node';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels } from '@nnunet/volume/node';
import { beforeAll, expect, it } from 'vitest';
import { evaluateByDatasetV2, evaluateLabelsV2 } from './evaluate-predictions.ts';

const root = temporaryFolder();
const at = (name: string) => join(root, name);
const reporter = { message: () => undefined, warning: () => undefined, progress: () => undefined };
const options = { reference: at('ref'), predictions: at('pred'), chill: false, workers: 1, reporter };
const described = { datasetFile: at('dataset.json'), plansFile: at('plans.json') };

const dataset = {
  channel_names: { 0: 'MRI' },
  labels: { background: 0, whole: [1, 2], core: 2, edge: [3], ignore: 4 },
  regions_class_order: [1, 2, 3],
  numTraining: 1,
  file_ending: '.nii.gz',
};

beforeAll(async () => {
  writeFileSync(described.datasetFile, JSON.stringify(dataset));
  writeFileSync(described.plansFile, '{"image_reader_writer": "SimpleITKIO"}');
  const like = {
    shape: [1, 2, 3],
    spacing: [1, 1, 1],
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  } as const;
  for (const [folder, values] of [
    ['ref', [1, 1, 2, 0, 4, 4]],
    ['pred', [1, 2, 2, 0, 1, 2]],
  ] as const) {
    mkdirSync(at(folder));
    writeFileSync(join(at(folder), 'a.txt'), '');
    await writeLabels(join(at(folder), 'c.nii.gz'), Uint8Array.from(values), like);
  }
});

it('scores the regions of dataset.json without what is ignored, and says what has no score', async () => {
  const { table, meanDice, summaryFile } = await evaluateByDatasetV2({ ...options, ...described });
  expect(table.split('\n')).toEqual([
    'Dice   whole    core  edge',
    'c     1.0000  0.6667     -',
    'mean  1.0000  0.6667     -',
    'mean foreground Dice, by the rules of nnU-Net v2: 0.8333, without 1 class in no case ((3,)), for which v2 and summary.json have NaN',
  ]);
  expect(meanDice).toBe((1 + 2 / 3) / 2);
  expect(summaryFile).toBe(`${options.predictions}/summary.json`);
  expect(Object.keys((await readSummaryV2(summaryFile)).mean)).toEqual(['2', '(1, 2)', '(3,)']);
});

it('calls labels by their names', async () => {
  const datasetFile = at('labels.json');
  const labels = { background: 0, 'left half': 2, right: 1, other: 3, ignore: 4 };
  writeFileSync(datasetFile, JSON.stringify({ ...dataset, labels, regions_class_order: undefined }));
  const outputFile = at('own.json');
  const { table } = await evaluateByDatasetV2({ ...options, ...described, datasetFile, outputFile });
  expect(table.split('\n').slice(0, 2)).toEqual(['Dice   right  left half  other', 'c     0.6667     0.6667      -']);
});

it('scores labels without any description, with the ending of the first label map', async () => {
  const { table, summaryFile } = await evaluateLabelsV2({ ...options, labels: [2, 1, 2], outputFile: at('own.json') });
  expect(summaryFile).toBe(at('own.json'));
  expect(table).toContain('Dice  label 2  label 1\nc      0.5000   0.5000\n');
  const ignoring = await evaluateLabelsV2({ ...options, labels: [2], ignoreLabel: 4, outputFile: at('own.json') });
  expect(ignoring.meanDice).toBe(2 / 3);
});

it.each<[string, () => Promise<unknown>]>([
  ['usage', () => evaluateLabelsV2({ ...options, predictions: options.reference, labels: [1] })],
  ['no-images', () => evaluateLabelsV2({ ...options, reference: root, labels: [1] })],
  ['missing-file', () => evaluateByDatasetV2({ ...options, ...described, plansFile: at('none.json') })],
  ['bad-plans', () => evaluateByDatasetV2({ ...options, ...described, plansFile: described.datasetFile })],
])('refuses with %s', async (tag, work) => {
  const error = await work().catch((e: unknown) => e);
  expect(isNnUNetError(error) && error.tag, String(error)).toBe(tag);
});
