import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { foregroundTable, knownLabelNames, type LabelSources, labelTable, writeLabelTables } from './label-table.ts';

const names = { '2': 'left\tkidney', '0': 'background', '10': 'tumour' };

it('gives labels the colours of the overlays, in the order of their values', () => {
  // v1's first three colours.
  expect(labelTable(names)).toEqual([
    { value: 0, name: 'background', rgb: [0x00, 0x00, 0x00] },
    { value: 2, name: 'left\tkidney', rgb: [0x43, 0x63, 0xd8] },
    { value: 10, name: 'tumour', rgb: [0xf5, 0x82, 0x31] },
  ]);
  expect(foregroundTable(names)).toEqual([
    { value: 2, name: 'left\tkidney', color: '#4363d8' },
    { value: 10, name: 'tumour', color: '#f58231' },
  ]);
  expect(labelTable({ '1': 'liver' })).toEqual([{ value: 1, name: 'liver', rgb: [0x43, 0x63, 0xd8] }]);
});

it('writes them as BIDS, 3D Slicer and ITK-SNAP read them', async () => {
  const folder = temporaryFolder();
  await writeLabelTables(join(folder, 'dseg'), names);
  expect(readdirSync(folder).sort()).toEqual(['dseg.ctbl', 'dseg.label', 'dseg.tsv']);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  expect(read('dseg.tsv')).toBe(
    'index\tname\tcolor\n0\tbackground\t#000000\n2\tleft kidney\t#4363d8\n10\ttumour\t#f58231\n',
  );
  expect(read('dseg.ctbl')).toBe(
    '# Color table file\n# 3 values\n0 background 0 0 0 0\n2 left_kidney 67 99 216 255\n10 tumour 245 130 49 255\n',
  );
  expect(read('dseg.label')).toBe(
    '# ITK-SnAP Label Description File\n0 0 0 0 0 0 0 "background"\n2 67 99 216 1 1 1 "left kidney"\n' +
      '10 245 130 49 1 1 1 "tumour"\n',
  );
  await writeLabelTables(join(folder, 'unknown'), {});
  expect(existsSync(join(folder, 'unknown.tsv'))).toBe(false);
});

it('writes no name that ends too early in one of them, and none that is empty', async () => {
  const base = join(temporaryFolder(), 'dseg');
  await writeLabelTables(base, { 1: ' the "large"\n  one ', 2: '', 3: '\t' });
  const rows = (end: string) =>
    readFileSync(base + end, 'utf8')
      .split('\n')
      .filter((line) => /^\d/.test(line));
  expect(rows('.tsv').map((line) => line.split('\t'))).toEqual([
    ['1', "the 'large' one", '#4363d8'],
    ['2', 'label 2', '#f58231'],
    ['3', 'label 3', '#3cb44b'],
  ]);
  // Slicer reads words up to a space; ITK-SNAP reads seven numbers, and what is between the next quotation marks.
  expect(rows('.ctbl').map((line) => line.split(' ').slice(0, 3))).toEqual([
    ['1', "the_'large'_one", '67'],
    ['2', 'label_2', '245'],
    ['3', 'label_3', '60'],
  ]);
  const described = rows('.label').map((line) => /^(?:\d+ ){7}"([^"]+)"$/.exec(line)?.[1]);
  expect(described).toEqual(["the 'large' one", 'label 2', 'label 3']);
});

describe('names of labels for what is made of label maps', () => {
  const folder = temporaryFolder();
  const roots = resolveRoots({ root: folder, env: {} });
  const base = (name: string) => join(folder, name);
  const model = join(folder, 'results/2d/Task009_Own/T__P/postprocessing.json');

  beforeAll(async () => {
    await writeLabelTables(base('first'), { 0: 'background', 3: 'liver' });
    await writeLabelTables(base('second'), { 3: 'spleen' });
    writeFileSync(base('foreign.tsv'), 'index\tlabel\n1\tx\n');
    writeFileSync(base('edited.tsv'), 'index\tname\tcolor\n1\tx\t#000000\nn/a\ty\n\n2\n');
    const raw = join(roots.rawBase!, 'nnUNet_raw_data/Task009_Own');
    mkdirSync(raw, { recursive: true });
    const description = { modality: { 0: 'CT' }, labels: { 0: 'background', 1: 'heart' }, training: [], test: [] };
    writeFileSync(join(raw, 'dataset.json'), JSON.stringify({ ...description, numTraining: 0, numTest: 0 }));
  });

  it.each<[string, LabelSources, object]>([
    [
      'the first table that there is',
      { tables: [base('none'), base('first'), base('second')] },
      { 0: 'background', 3: 'liver' },
    ],
    ['what can be read of a table', { tables: [base('edited')] }, { 1: 'x' }],
    ['nothing of other tables', { tables: [base('foreign')] }, {}],
    ['a table rather than dataset.json', { tables: [base('second')], postprocessing: model, roots }, { 3: 'spleen' }],
    ['dataset.json', { tables: [base('none')], postprocessing: model, roots }, { 0: 'background', 1: 'heart' }],
    ['nothing where no task is named', { tables: [], postprocessing: base('postprocessing.json'), roots }, {}],
    ['nothing without folders of data', { tables: [], postprocessing: model }, {}],
  ])('are %s', async (_, sources, expected) => {
    expect(await knownLabelNames(sources)).toEqual(expected);
  });
});
