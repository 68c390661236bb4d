import type { Summary } from '@nnunet/metrics';
import { temporaryFolder } from '@nnunet/testing';
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
    mean: { '0': { Dice: 0.87 }, '1': { Dice: 0.7 }, '2': { Dice: 0.5333 } },
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
    const lines = diceTable(summary, { worst: 4 }).split('\n');
    expect(lines.slice(1, 5).map((line) => line.split(' ')[0])).toEqual(['poor', 'fair', 'good', 'empty']);
  });
});

describe('evaluate', () => {
  it('refuses scores that mean nothing: predictions against themselves, labels below 0', async () => {
    const folder = temporaryFolder();
    const options = { predictions: folder, labels: [1], reporter: listener() };
    const refused = (more: { reference: string; labels?: number[] }) =>
      evaluate({ ...options, ...more }).catch((error: Error) => error.message);
    expect(await refused({ reference: `${folder}/.` })).toMatch(/predictions would be compared with themselves/);
    expect(await refused({ reference: 'elsewhere', labels: [1, -1] })).toMatch(/-1 is no label/);
  });
});
