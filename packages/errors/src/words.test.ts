import { describe, expect, it } from 'vitest';
import { bytesInWords, counted } from './in-words.ts';
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

it('lists names in one line, or one a line', () => {
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  expect(listed(['a', 'b', 'c'], 2, '\n')).toBe('a\nb\nand 1 more');
  expect(listed(['a', 'b'], 2, '\n')).toBe('a\nb');
});

describe('names that are not known', () => {
  const trainers = ['nnUNetTrainer', 'nnUNetTrainerV2', 'nnUNetTrainerV2_DA3', 'nnUNetTrainerV2_SGD_fixedSchedule', 'nnUNetTrainerV2_Loss_CE', 'nnUNetTrainerV2_noMirroring', 'nnUNetTrainerV2_warmup']; // biome-ignore format: a list

  it.each([
    ['nnUNetTrainerv2', 'nnUNetTrainerV2'],
    ['nnUNetTrainerV2_noMirorring', 'nnUNetTrainerV2_noMirroring'],
    ['nnUNetTrainerV2_Loss_CEE', 'nnUNetTrainerV2_Loss_CE'],
    ['nnUNetTrainerV2_SGD', 'nnUNetTrainerV2_SGD_fixedSchedule'],
  ])('%s: the three nearest, %s first, not all', (name, first) => {
    const text = nearestNames(name, trainers);
    expect(text).toMatch(new RegExp(`^Did you mean ${first}[ ,]`));
    expect(text).toMatch(/There are 7 in all\.$/);
    expect(text.match(/nnUNetTrainer/g)).toHaveLength(3);
  });

  it('few are all listed', () => {
    expect(nearestNames('3d', ['2d', '3d_lowres'], 'Plan first.')).toBe('Known are 2d, 3d_lowres. Plan first.');
    expect(nearestNames('3d', [])).toBe('There are none.');
  });
});
