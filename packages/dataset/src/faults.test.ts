import { describe, expect, it } from 'vitest';
import { assertIntact, type DatasetFault, faultsToJson, formatFaults } from './faults.ts';
import { labelFaults } from './labels-check.ts';

const fault: DatasetFault = {
  severity: 'error',
  file: 'imagesTr/a_0000.nii.gz',
  what: 'image missing',
  expected: 'modality 0 (MRI) of case a',
  found: 'no such file',
  remedy: 'Add the file, or remove the case from dataset.json, which is in the folder above the images.',
};
const warning: DatasetFault = { ...fault, severity: 'warning', what: 'orientation differs', file: 'b'.repeat(100) };

describe('formatFaults', () => {
  it('fits a terminal of 80 columns, one fault a block, errors first', () => {
    const other = { ...fault, found: 'a folder' };
    const text = formatFaults([warning, fault, other]);
    expect(text.split('\n').slice(0, 8)).toEqual([
      '2 errors',
      '- image missing',
      '  file      imagesTr/a_0000.nii.gz',
      '  expected  modality 0 (MRI) of case a',
      '  found     no such file',
      '  remedy    Add the file, or remove the case from dataset.json, which is in',
      '            the folder above the images.',
      '- image missing',
    ]);
    expect(text).toMatch(/\n1 warning\n- orientation differs\n {2}file {6}b{64}\n {12}b{36}\n/);
    // indented by two or four where it is a part of a longer message
    expect(text.split('\n').every((line) => line.length <= 76 && line === line.trimEnd())).toBe(true);
  });

  it('breaks lines at the last space, after a slash where no space is near, and within a long word', () => {
    const remedy = (text: string) => {
      const lines = formatFaults([{ ...fault, remedy: text }]).split('\n');
      return lines.slice(lines.findIndex((line) => line.startsWith('  remedy'))).map((line) => line.slice(12));
    };
    const word = (n: number) => 'w'.repeat(n);
    expect(remedy(`${word(40)} ${word(23)} ${word(9)}`)).toEqual([`${word(40)} ${word(23)}`, word(9)]);
    expect(remedy(`${word(40)} ${word(24)} ${word(9)}`)).toEqual([word(40), `${word(24)} ${word(9)}`]);
    // Lines are not broken at a space in the first third.
    expect(remedy(`a ${word(30)}/${word(60)}`)).toEqual([`a ${word(30)}/`, word(60)]);
    expect(remedy(`a ${word(100)}`)).toEqual([`a ${word(62)}`, word(38)]);
    expect(remedy(`a/${word(100)}`)).toEqual([`a/${word(62)}`, word(38)]);
    expect(remedy(word(64))).toEqual([word(64)]);
    for (const mark of [' ', '/']) {
      expect(remedy(`${word(19)}${mark}${word(60)}`)).toEqual([`${word(19)}${mark}${word(44)}`, word(16)]);
      expect(remedy(`${word(22)}${mark}${word(60)}`)).toEqual([`${word(22)}${mark}`.trim(), word(60)]);
    }
    expect(remedy(`${word(30)}/${word(32)}/${word(9)}`)).toEqual([`${word(30)}/${word(32)}/`, word(9)]);
    expect(remedy(`${word(30)}/${word(33)}/${word(9)}`)).toEqual([`${word(30)}/`, `${word(33)}/${word(9)}`]);
  });

  it('breaks long headings too', () => {
    const heading = (what: string) =>
      formatFaults([{ ...fault, what }])
        .split('\n')
        .slice(1, 3);
    expect(heading('w'.repeat(74))[0]).toBe(`- ${'w'.repeat(74)}`);
    expect(heading('w'.repeat(75))).toEqual([`- ${'w'.repeat(74)}`, '  w']);
  });

  it('names files of the same fault together', () => {
    const files = ['a', 'b', 'c'].map((id) => ({ ...fault, file: `${id}.nii.gz` }));
    expect(formatFaults(files)).toMatch(/^3 errors\n- image missing\n {2}file {6}a\.nii\.gz, b\.nii\.gz, c\.nii\.gz\n/);
    expect(formatFaults(files).match(/remedy/g)).toHaveLength(1);
    expect(formatFaults([fault, fault])).toMatch(/^2 errors\n- image missing \(2 times\)\n/);
  });

  it('says when there are none', () => {
    expect(formatFaults([])).toBe('No faults found.');
  });

  it('is JSON for programs', () => {
    const moved = { ...fault, shift: { mm: 1.5, voxels: 3 } };
    const text = faultsToJson([moved, warning]);
    expect(JSON.parse(text)).toEqual([moved, warning]);
    expect(text).toMatch(/^\[\n \{\n {2}"severity": "error",\n[\s\S]*\n\]\n$/);
  });
});

describe('assertIntact', () => {
  it('throws one error with all faults', () => {
    expect(() => assertIntact([fault, warning], 'raw/Task001_A')).toThrow(
      /raw\/Task001_A: .*the dataset has faults\n1 error\n[\s\S]*image missing/,
    );
    try {
      assertIntact([fault]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ tag: 'dataset-integrity' });
    }
  });

  it('lets warnings pass', () => {
    expect(() => assertIntact([warning])).not.toThrow();
  });
});

describe('labelFaults', () => {
  const faultsOf = (...values: number[]) =>
    labelFaults({ labels: Object.fromEntries(values.map((value) => [value, `label ${value}`])) }).map((f) => f.what);

  it('refuses more labels than a byte holds', () => {
    const upTo = (most: number) => Array.from({ length: most + 1 }, (_, i) => i);
    expect(faultsOf(...upTo(255))).toEqual([]);
    expect(faultsOf(...upTo(256))).toEqual(['more labels than nnU-Net can write']);
  });

  it('wants 0, 1, 2, …', () => {
    expect(faultsOf(0, 1, 2)).toEqual([]);
    expect(faultsOf(0, 1, 3)).toEqual(['labels are not consecutive']);
    expect(faultsOf(1, 2)).toEqual(['labels do not start with 0']);
    expect(faultsOf(-1, 0, 1)).toEqual(['labels do not start with 0']);
    expect(faultsOf(0)).toEqual(['only one label']);
    expect(faultsOf(0, 1, 300)).toEqual(['labels are not consecutive']);
  });

  it('shows twenty labels, or the first ten and the last', () => {
    const found = (n: number) =>
      labelFaults({ labels: Object.fromEntries(Array.from({ length: n }, (_, i) => [i + 1, 'x'])) })[0]!.found;
    expect(found(20)).toBe(Array.from({ length: 20 }, (_, i) => i + 1).join(', '));
    expect(found(21)).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … to 21');
  });
});
