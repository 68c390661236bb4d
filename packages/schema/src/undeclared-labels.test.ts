import { expect, it } from 'vitest';
import { requireDeclaredLabels, valuesInWords } from './undeclared-labels.ts';

it('passes declared values, and names others in ascending order', () => {
  requireDeclaredLabels([0, 2, 2, 0], [0, 2], 'a');
  expect(() => requireDeclaredLabels(Float32Array.of(0, 300, 7, 7, -1, 0), [0, 2], 'labelsTr/a.nii.gz')).toThrow(
    'labelsTr/a.nii.gz: contains values that dataset.json does not declare: -1 (1 voxel), 7 (2 voxels), 300 (1 voxel)\n',
  );
});

it('names eight values at most', () => {
  const values = (n: number) => Array.from({ length: n }, (_, i) => [i + 10, 3] as const);
  expect(valuesInWords(values(8))).toMatch(/^10 \(3 voxels\), 11 .*, 17 \(3 voxels\)$/);
  expect(valuesInWords(values(10))).toMatch(/, 17 \(3 voxels\) and 2 more$/);
});
