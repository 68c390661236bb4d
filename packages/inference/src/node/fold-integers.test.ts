import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { costOf, type FoldIntegers, readFoldIntegers, writeFoldIntegers } from './fold-integers.ts';

const stored: FoldIntegers = {
  weights: 'abc',
  calibratedOn: ['case_1', 'case_2'],
  dice: { case_0: { 1: [0.9, 0.8999], 2: [null, null] } },
  ranges: new Map([
    ['data', { low: [-1 / 3], high: [7] }],
    ['conv.weight', { low: [0, -2e-9], high: [1, 2] }],
  ]),
};

async function written() {
  const file = join(temporaryFolder(), 'quick_integers.json');
  await writeFoldIntegers(file, stored);
  return file;
}

describe('the file of a fold', () => {
  it('returns what was stored, for these weights only', async () => {
    const file = await written();
    expect(await readFoldIntegers(file, 'abc')).toEqual(stored);
    expect(await readFoldIntegers(file, 'abd')).toBeNull();
    expect(await readFoldIntegers(`${file}.missing`, 'abc')).toBeNull();
  });

  const damages: [what: string, damage: (text: string) => string, message: RegExp][] = [
    ['cut short', (text) => text.slice(0, 100), /is damaged or was edited/],
    ['empty', () => '', /is damaged or was edited/],
    ['null', () => 'null', /is damaged or was edited/],
    ['of another program', () => '{"ranges": {}}', /is damaged or was edited/],
    ['changed in a digit', (text) => text.replace('0.8999', '0.8998'), /is damaged or was edited/],
    ['without its checksum', (text) => text.replace('sha256', 'sha'), /is damaged or was edited/],
    ['of a later version', (text) => text.replace('"version": 1', '"version": 2'), /version 2, .* reads version 1/],
  ];
  it.each(damages)('is refused where it is %s', async (_, damage, message) => {
    const file = await written();
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    await expect(readFoldIntegers(file, 'abc')).rejects.toMatchObject({ tag: 'bad-integers', where: file });
    await expect(readFoldIntegers(file, 'abc')).rejects.toThrow(message);
    await expect(readFoldIntegers(file, 'abc')).rejects.toThrow(/Delete it/);
  });
});

describe('the cost of integers', () => {
  it('is measured by label and case, of all folds together', () => {
    const folds = [
      { a: { 1: [0.9, 0.88], 2: [0.5, 0.52] }, b: { 1: [0.7, 0.71], 2: [null, null] } },
      { c: { 1: [0.8, 0.8], 2: [0.6, 0.55] } },
    ] as const;
    const cost = costOf(folds)!;
    // Label 1: 2.4 / 3 before, 2.39 / 3 after; label 2: 1.1 / 2 and 1.07 / 2.
    expect(cost.float).toBeCloseTo((0.8 + 0.55) / 2, 12);
    expect(cost.integer).toBeCloseTo((2.39 / 3 + 0.535) / 2, 12);
    expect(cost).toMatchObject({ cases: 3, label: { label: '2' }, worst: { id: 'c', label: '2' } });
    expect(cost.label.change).toBeCloseTo(-0.015, 12);
    expect(cost.worst.change).toBeCloseTo(-0.05, 12);
  });

  it('counts a label that only integers find, and no label that nothing contains', () => {
    expect(costOf([{ a: { 1: [null, 0], 2: [0.5, 0.5] } }])).toMatchObject({ label: { label: '1', change: -1 } });
    expect(costOf([{ a: { 1: [0, null] } }])!.worst.change).toBe(1);
    expect(costOf([{ a: { 1: [null, null] } }, {}])).toBeNull();
  });
});
