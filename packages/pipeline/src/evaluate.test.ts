import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Summary, shippedMetrics } from '@nnunet/metrics';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { diceTable, type EvaluateOptions, evaluate } from './evaluate.ts';
import { listener } from './small-task.fixture.ts';

const scored = (name: string, dice: (number | undefined)[]) => ({
  test: `/out/${name}.nii.gz`,
  reference: `/ref/${name}.nii.gz`,
  ...Object.fromEntries(dice.map((value, i) => [String(i), { Dice: value ?? Number.NaN }])),
});

const summary = {
  results: {
    all: [
      scored('fair', [0.99, 0.5, 0.7]),
      scored('empty', [1, undefined, undefined]),
      scored('good', [0.5, 0.9, 0.8]),
      scored('poor', [0.99, undefined, 0.1]),
    ],
    mean: { '0': { Dice: 0.87 }, '1': { Dice: 0.7 }, '2': { Dice: 0.5333 }, mean: { Dice: 0.123 } },
  },
} as unknown as Summary;

describe('diceTable', () => {
  it('keeps the order of the cases, and names the labels by their numbers', () => {
    expect(diceTable(summary)).toBe(
      [
        'Dice   label 0  label 1  label 2',
        'fair    0.9900   0.5000   0.7000',
        'empty   1.0000        -        -',
        'good    0.5000   0.9000   0.8000',
        'poor    0.9900        -   0.1000',
        'mean    0.8700   0.7000   0.5333',
        'mean foreground Dice: 0.6166',
      ].join('\n'),
    );
  });

  it('shows the worst cases first by their foreground, and says how many are left out', () => {
    const names = { '0': 'background', '1': 'anterior', '2': 'posterior' };
    expect(diceTable(summary, { names, worst: 2 }).split('\n')).toEqual([
      'Dice  background  anterior  posterior',
      'poor      0.9900         -     0.1000',
      'fair      0.9900    0.5000     0.7000',
      '(2 cases with better scores)',
      'mean      0.8700    0.7000     0.5333',
      'mean foreground Dice: 0.6166',
    ]);
    expect(diceTable(summary, { worst: 3 })).toContain('\n(1 case with better scores)\nmean ');
    const lines = diceTable(summary, { worst: 4 }).split('\n');
    expect(lines).toHaveLength(7);
    const none = { ...summary.results, all: ['x', 'y', 'z'].map((id) => scored(id, [1])) } as Summary['results'];
    expect(diceTable({ ...summary, results: none }, { worst: 2 })).toMatch(/\nx .*\ny .*\n\(1 case/);
    expect(lines.slice(1, 5).map((line) => line.split(' ')[0])).toEqual(['poor', 'fair', 'good', 'empty']);
  });
});

describe('evaluate', () => {
  it('scores a folder, warns of images that lie apart, and tells how far it is', async () => {
    const [reference, predictions] = [temporaryFolder(), temporaryFolder()];
    const grid = {
      shape: [1, 2, 4],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    } as const;
    await writeLabels(join(reference, 'a.nii.gz'), Uint8Array.of(1, 1, 1, 0, 2, 2, 0, 0), grid);
    const moved = { ...grid, origin: [0, 0, 0.1] } as const;
    await writeLabels(join(predictions, 'a.nii.gz'), Uint8Array.of(1, 0, 0, 0, 2, 2, 0, 0), moved);
    const reporter = listener();
    const found = await evaluate({ reference, predictions, labels: [0, 1, 2, 3], bareNaN: true, reporter });
    // Of label 1: twice one voxel of both, by three and one; label 3 is nowhere.
    expect(found.meanDice).toBe((2 / 4 + 1) / 2);
    expect(found.summaryFile).toBe(join(predictions, 'summary.json'));
    expect(readFileSync(found.summaryFile, 'utf8')).toContain('NaN');
    expect(found.table.split('\n').slice(0, 2)).toEqual([
      'Dice  label 0  label 1  label 2  label 3',
      'a      0.7500   0.5000   1.0000        -',
    ]);
    expect(reporter.progressed).toEqual([{ what: 'scoring', done: 1, total: 1 }]);
    expect(reporter.warnings).toHaveLength(1);
    const strict = evaluate({ reference, predictions, labels: [1], strictGeometry: true, reporter: listener() });
    await expect(strict).rejects.toMatchObject({ tag: 'cases-failed' });
  });

  it('takes labels and names from dataset.json, shows the metrics asked for and the own ones, and writes tables and pictures', async () => {
    const [task, predictions] = [temporaryFolder(), temporaryFolder()];
    const reference = join(task, 'labelsTs');
    mkdirSync(reference);
    const shape = [2, 4, 4] as const;
    const grid = { shape, spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
    const labels = Uint8Array.from({ length: 32 }, (_, i) => (i < 8 ? 1 : i > 29 ? 3 : 0));
    await writeLabels(join(reference, 'a.nii.gz'), labels, grid);
    await writeLabels(
      join(predictions, 'a.nii.gz'),
      labels.map((v, i) => (i === 0 ? 0 : v)),
      grid,
    );
    const metrics = shippedMetrics.with({ name: 'Mine', score: ({ label }) => label });
    const folders = { reference, predictions, reporter: listener() };
    const options = { ...folders, metrics: ['hd95', 'NSD'], lesions: true, boxplots: true, extensions: { metrics } };
    // Without dataset.json, the labels are those of the references.
    expect((await evaluate(folders)).table).toMatch(/^Dice {2}label 1 {2}label 3\n/);
    const description = { modality: { 0: 'MRI' }, labels: { 0: 'background', 1: 'liver', 2: 'tumour' }, training: [] };
    writeFileSync(join(task, 'dataset.json'), JSON.stringify(description));
    const found = await evaluate(options);
    const lines = found.table.split('\n');
    // One voxel of eight is 1 mm off: at 0.95 * 7 = 6.65 from 0 to 1.
    expect(lines[0]).toMatch(/^mean of 1 case +HD95 +NSD +Mine$/);
    expect(lines[1]).toMatch(/^liver +0.6500 +1.0000 +1.0000$/);
    expect(lines[2]).toMatch(/^tumour +- +- +2.0000$/);
    expect(found.table).toContain('NSD: share of the surfaces at most 1 mm apart\nlesions of all cases  found');
    expect(found.otherFiles).toEqual(
      ['scores.csv', 'lesions.csv', 'boxplots.png'].map((name) => join(predictions, name)),
    );
    expect(readFileSync(found.otherFiles[0]!, 'utf8')).toMatch(
      /^case,label,name,Accuracy,.*,Mine,HD95,NSD,Lesions Found,.*\na,1,liver,/,
    );
    expect(readFileSync(found.otherFiles[1]!, 'utf8')).toContain('\na,1,liver,1,found,');
    expect(readFileSync(found.otherFiles[2]!).subarray(1, 4).toString()).toBe('PNG');
    // That of the folder itself comes before the one above.
    const own = { ...description, labels: { 0: 'background', 3: 'cyst' } };
    writeFileSync(join(reference, 'dataset.json'), JSON.stringify(own));
    expect((await evaluate(folders)).table).toMatch(/^Dice +cyst\n/);
    // What an evaluation no longer writes goes.
    await evaluate({ ...folders, labels: [1] });
    expect(readdirSync(predictions).sort()).toEqual(['a.nii.gz', 'scores.csv', 'summary.json']);
    await expect(evaluate({ ...folders, metrics: ['HD59'] })).rejects.toMatchObject({ tag: 'unknown-metric' });
  });

  it('scores with names of labels only where they can be read, and refuses references without any label', async () => {
    const [reference, predictions] = [temporaryFolder(), temporaryFolder()];
    const grid = {
      shape: [1, 1, 2],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    } as const;
    for (const folder of [reference, predictions]) await writeLabels(join(folder, 'a.nii.gz'), new Uint8Array(2), grid);
    const folders = { reference, predictions, reporter: listener() };
    const error = { tag: 'no-foreground', what: 'no reference has a label above 0', where: reference };
    await expect(evaluate(folders)).rejects.toMatchObject(error);
    writeFileSync(join(reference, 'dataset.json'), '{');
    await expect(evaluate(folders)).rejects.toMatchObject({ tag: 'bad-json' });
    expect((await evaluate({ ...folders, labels: [1] })).table).toContain('label 1');
  });

  it('refuses scores that mean nothing: predictions against themselves, labels below 0', async () => {
    const folder = temporaryFolder();
    const options = { predictions: folder, labels: [1], reporter: listener() };
    const refused = (more: Pick<EvaluateOptions, 'reference'> & Partial<EvaluateOptions>) =>
      evaluate({ ...options, ...more }).catch((error: Error) => error.message);
    expect(await refused({ reference: `${folder}/.` })).toMatch(/predictions would be compared with themselves/);
    expect(await refused({ reference: 'elsewhere', labels: [1, -1] })).toMatch(/`labels` must be .*, not -1/);
    expect(await refused({ reference: 'elsewhere', labels: [0.5] })).toMatch(/`labels` must be .*, not 0.5/);
    expect(await refused({ reference: 'elsewhere', tolerance: -1 })).toMatch(
      /`tolerance` must be .* at least 0, not -1/,
    );
    expect(await refused({ reference: 'elsewhere', labelTolerances: { 2: NaN } })).toMatch(
      /`tolerance` must be .*, not NaN/,
    );
    for (const lesionIoU of [-0.1, 1.1])
      expect(await refused({ reference: 'elsewhere', lesionIoU })).toMatch(/`lesionIoU` must be between 0 and 1/);
  });
});
