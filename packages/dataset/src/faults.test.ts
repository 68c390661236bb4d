import { describe, expect, it } from 'vitest';
import { assertIntact, type DatasetFault, faultsToJson, formatFaults } from './faults.ts';
import { labelFaults } from './labels-check.ts';

const fault: DatasetFault = {
  severity: 'error',
  file: 'imagesTr/a_0000.nii.gz',
  what: 'image missing',
  expected: 'modality 0 (MRI) of case a',
  found: 'no such file',
  remedy: 'Add the file, or take the case out of dataset.json, which is in the folder above the images.',
};
const warning: DatasetFault = { ...fault, severity: 'warning', what: 'orientation differs', file: 'b'.repeat(100) };

describe('formatFaults', () => {
  it('is a table, errors first, long cells wrapped within their columns', () => {
    const lines = formatFaults([warning, fault, fault]).split('\n');
    expect(lines[0]).toBe('2 errors');
    expect(lines[1]).toMatch(/^file +what +expected +found +remedy$/);
    expect(lines[3]).toMatch(
      /^imagesTr\/a_0000\.nii\.gz {2}image missing {2}modality 0 \(MRI\) of case a {2}no such file {2}Add/,
    );
    expect(lines[4]).toMatch(/^ +dataset\.json, which is in the folder$/);
    expect(lines).toContain('1 warning');
    expect(lines.every((line) => line.length <= 36 + 26 + 30 + 30 + 40 + 8 && line === line.trimEnd())).toBe(true);
    expect(lines.filter((line) => line.startsWith('bbb')).map((line) => line.split(' ')[0]!.length)).toEqual([
      36, 36, 28,
    ]);
  });

  it('says when there are none', () => {
    expect(formatFaults([])).toBe('No faults found.');
  });

  it('is JSON for programs', () => {
    expect(JSON.parse(faultsToJson([fault, warning]))).toEqual([fault, warning]);
  });
});

describe('assertIntact', () => {
  it('throws one error with the table', () => {
    expect(() => assertIntact([fault, warning], 'raw/Task001_A')).toThrow(
      /raw\/Task001_A: .*not intact\n1 error\n[\s\S]*image missing/,
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
    labelFaults({ labels: Object.fromEntries(values.map((value) => [value, 'x'])) }).map((f) => f.what);

  it('wants 0, 1, 2, …', () => {
    expect(faultsOf(0, 1, 2)).toEqual([]);
    expect(faultsOf(0, 1, 3)).toEqual(['labels are not consecutive']);
    expect(faultsOf(1, 2)).toEqual(['labels do not start with 0']);
    expect(faultsOf(-1, 0, 1)).toEqual(['labels do not start with 0']);
    expect(faultsOf(0)).toEqual(['only one label']);
  });
});
