import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '@nnunet/metrics';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { diceTable, evaluate } from './evaluate.ts';
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

  it('refuses scores that mean nothing: predictions against themselves, labels below 0', async () => {
    const folder = temporaryFolder();
    const options = { predictions: folder, labels: [1], reporter: listener() };
    const refused = (more: { reference: string; labels?: number[] }) =>
      evaluate({ ...options, ...more }).catch((error: Error) => error.message);
    expect(await refused({ reference: `${folder}/.` })).toMatch(/predictions would be compared with themselves/);
    expect(await refused({ reference: 'elsewhere', labels: [1, -1] })).toMatch(/`labels` must be .*, not -1/);
    expect(await refused({ reference: 'elsewhere', labels: [0.5] })).toMatch(/`labels` must be .*, not 0.5/);
  });
});
