import { describe, expect, it } from 'vitest';
import { bytesInWords, counted, secondsInWords } from './in-words.ts';
import { listed } from './listed.ts';
import { nearestNames } from './nearest-names.ts';

it('counts in the singular and the plural', () => {
  expect([0, 1, 2].map((n) => counted(n, 'modality', 'modalities'))).toEqual([
    '0 modalities',
    '1 modality',
    '2 modalities',
  ]);
  expect(counted(1, 'case')).toBe('1 case');
});

it('says sizes in units of 1000, rounded up', () => {
  expect([0, 999.5, 1000].map(bytesInWords)).toEqual(['0 bytes', '1000 bytes', '1 kB']);
  expect([1, 999, 1001, 999_999, 1e6, 639_000_001, 1e9, 6_010_000_000].map(bytesInWords)).toEqual([
    '1 byte',
    '999 bytes',
    '2 kB',
    '1000 kB',
    '1 MB',
    '640 MB',
    '1.0 GB',
    '6.1 GB',
  ]);
});

it.each([
  [-3, '0 s'],
  [7.5, '8 s'],
  [59.4, '59 s'],
  [59.5, '1 min'],
  [61, '1 min 1 s'],
  [200, '3 min 20 s'],
  [3599, '59 min 59 s'],
  [3600, '1 h'],
  [3629, '1 h'],
  [3630, '1 h 1 min'],
  [7500, '2 h 5 min'],
  [86_400, '24 h'],
  [2 * 86_400 - 60, '47 h 59 min'],
  [2 * 86_400, '2 d'],
  [2 * 86_400 + 1740, '2 d'],
  [2 * 86_400 + 1800, '2 d 1 h'],
  [6 * 86_400 + 14 * 3600, '6 d 14 h'],
])('says %d seconds as %s', (seconds, words) => {
  expect(secondsInWords(seconds)).toBe(words);
});

it('lists names in one line, or one a line', () => {
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  expect(listed(['a', 'b', 'c'], 2, '\n')).toBe('a\nb\nand 1 more');
  expect(listed(['a', 'b'], 2, '\n')).toBe('a\nb');
  const letters = [...'abcdefghijk'];
  expect(listed(letters.slice(0, 10))).toBe('a, b, c, d, e, f, g, h, i, j');
  expect(listed(letters)).toBe('a, b, c, d, e, f, g, h, i, j and 1 more');
});

describe('names that are not known', () => {
  const trainers = ['nnUNetTrainer', 'nnUNetTrainerV2', 'nnUNetTrainerV2_DA3', 'nnUNetTrainerV2_SGD_fixedSchedule', 'nnUNetTrainerV2_Loss_CE', 'nnUNetTrainerV2_noMirroring', 'nnUNetTrainerV2_warmup']; // biome-ignore format: a list

  it.each([
    ['nnUNetTrainerv2', 'nnUNetTrainerV2'],
    ['nnUNetTrainerV2_noMirorring', 'nnUNetTrainerV2_noMirroring'],
    ['nnUNetTrainerV2_Loss_CEE', 'nnUNetTrainerV2_Loss_CE'],
    ['nnUNetTrainerV2_SGD', 'nnUNetTrainerV2_SGD_fixedSchedule'],
  ])('%s: at most three similar ones, %s first', (name, first) => {
    const text = nearestNames(name, trainers);
    expect(text).toMatch(new RegExp(`^Did you mean ${first}[ ,?]`));
    expect(text).toMatch(/There are 7 in all\.$/);
    expect(text.match(/nnUNetTrainer/g)!.length).toBeLessThanOrEqual(3);
  });

  it.each<[name: string, known: string[], nearest: string]>([
    ['cat', ['dogs', 'catalogue', 'CAT', 'cut', 'bat', 'tree'], 'CAT, catalogue or cut'],
    ['abcd', ['zzzz', 'azzz', 'abzz', 'abcz', 'bcd', 'abxcd', 'acd'], 'abcz, bcd or abxcd'],
    ['abcdef', ['uvwxyz', 'bcdef', 'badcfe', 'abcxef', 'fedcba', 'abef'], 'bcdef, abcxef or abef'],
    // Letters in another order are two replaced.
    ['abcd', ['abzzz', 'bacd', 'azzd', 'zzcz', 'aczd', 'zbcd'], 'zbcd, bacd or azzd'],
  ])('are ranked by the letters to change, those as near in the order of the list: %s', (name, known, nearest) => {
    expect(nearestNames(name, known)).toBe(`Did you mean ${nearest}? There are ${known.length} in all.`);
  });

  it('few are all listed', () => {
    expect(nearestNames('3d', ['2d', '3d_lowres'], 'Plan first.')).toBe('Available: 2d, 3d_lowres. Plan first.');
    expect(nearestNames('3d', [])).toBe('There are none.');
    expect(nearestNames('x', ['a', 'b', 'c', 'd', 'e'])).toBe('Available: a, b, c, d, e.');
    expect(nearestNames('x', ['a', 'b', 'c', 'd', 'e', 'f'])).toBe('Did you mean a, b or c? There are 6 in all.');
  });

  const tasks = ['Task001_BrainTumour', 'Task002_Heart', 'Task004_Hippocampus', 'Task006_Lung', 'Task027_ACDC', 'Task1004_Liver']; // biome-ignore format: a list
  it.each([
    ['Task04_Hippo', 'Task004_Hippocampus'],
    ['4', 'Task004_Hippocampus'],
    ['0004', 'Task004_Hippocampus'],
    ['task4', 'Task004_Hippocampus'],
    ['Task1004', 'Task1004_Liver'],
    ['hipocampus', 'Task004_Hippocampus'],
    ['Task005_Hippocampus', 'Task004_Hippocampus'],
    ['Task002_Hippocampus', 'Task002_Heart or Task004_Hippocampus'],
  ])('a task of the same number or of a similar name is meant: %s', (name, meant) => {
    expect(nearestNames(name, tasks)).toBe(`Did you mean ${meant}? There are 6 in all.`);
  });

  it.each(['Task999_X', '3', '7', 'pancreas'])('none is suggested where none is similar: %s', (name) => {
    expect(nearestNames(name, tasks, 'See the list.')).toBe('None of the 6 known names is similar. See the list.');
  });
});
