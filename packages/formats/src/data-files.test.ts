import { describe, expect, it } from 'vitest';
import { dataFileNames } from './data-files.ts';

const names = (value: string, following: string[] = []) => dataFileNames(value, following, 'a.nhdr');

describe('dataFileNames', () => {
  it.each([
    ['b.raw', ['b.raw']],
    ['./b.raw', ['./b.raw']],
    ['s%d.raw 9 11 1', ['s9.raw', 's10.raw', 's11.raw']],
    ['s%03d.raw 9 11 2', ['s009.raw', 's011.raw']],
    ['s%3i.raw 9 10 1', ['s  9.raw', 's 10.raw']],
    ['s%d.raw 5 2 -2', ['s5.raw', 's3.raw']],
    ['s%d.raw -1 0', ['s-1.raw', 's0.raw']],
    ['s%u.raw 1 2 1 2', ['s1.raw', 's2.raw']],
    ['s%d.raw 1 9 4', ['s1.raw', 's5.raw', 's9.raw']],
    ['s%d.raw 1 8 4', ['s1.raw', 's5.raw']],
    ['s%d.raw', ['s%d.raw']],
  ])('%s', (value, expected) => {
    expect(names(value)).toEqual(expected);
  });

  it('takes the names on the lines that follow a list', () => {
    expect(names('LIST', [' x ', '', 'y\r', './z'])).toEqual(['x', 'y', './z']);
    expect(names('list 2', ['x'])).toEqual(['x']);
    expect(names('LISTED.raw')).toEqual(['LISTED.raw']);
    expect(() => names('LIST', ['', ' '])).toThrow(/names an impossible range of slices: LIST\n/);
  });

  it('takes as many files, digits and characters as an image can have, and no more', () => {
    expect(names('s%d 1 32767 1')).toHaveLength(32767);
    expect(() => names('s%d 1 32768 1')).toThrow(/names an impossible range/);
    expect(names('LIST', new Array(32767).fill('x'))).toHaveLength(32767);
    expect(() => names('LIST', new Array(32768).fill('x'))).toThrow(/names an impossible range/);
    expect(names('s%032d 1 1')).toEqual([`s${'1'.padStart(32, '0')}`]);
    expect(() => names('s%033d 1 1')).toThrow(/names an impossible range/);
    expect(names('x'.repeat(1000))).toHaveLength(1);
    expect(() => names('x'.repeat(1001))).toThrow(new RegExp(`range of slices: ${'x'.repeat(80)}…\\n`));
    for (const none of ['s%d 2 1 1', 's%d 1 2 0', 's%d 1 2 -1'])
      expect(() => names(none)).toThrow(`range of slices: ${none}\n`);
  });

  it('takes no files of other folders', () => {
    for (const name of ['../b.raw', 'c/b.raw', 'c\\b.raw', '/b.raw'])
      expect(() => names(name)).toThrow(/another folder/);
    expect(() => names('LIST', ['a', 'b/c'])).toThrow(/another folder: b\/c\n/);
  });
});
