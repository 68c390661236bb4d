import type { Candidate } from '@nnunet/ensemble';
import { expect, it } from 'vitest';
import { candidateTable } from './find-best.ts';

it('names each configuration once, marks the best, and has a column a label', () => {
  const candidate = (name: string, dice: Record<string, number>, score: number): Candidate => ({
    name,
    members: [],
    dice,
    score,
    average: score,
  });
  const [flat, both] = [
    candidate('2d__nnUNetTrainerV2__nnUNetPlansv2.1', { '1': 0.5, '3': Number.NaN }, Number.NaN),
    candidate('ensemble_2d__nnUNetTrainerV2__p--3d_fullres__nnUNetTrainerV2__p', { '1': 0.9, '3': 0.70004 }, 0.8),
  ];
  expect(candidateTable([flat, both], [both])).toBe(
    [
      'Dice               label 1  label 3    mean',
      '  2d                0.5000        -       -',
      '* 2d + 3d_fullres   0.9000   0.7000  0.8000',
    ].join('\n'),
  );
});
