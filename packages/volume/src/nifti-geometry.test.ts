import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { geometryOf } from './nifti-geometry.ts';
import { parseNiftiHeader } from './nifti-header.ts';

interface Case {
  name: string;
  header: string;
  error?: true;
  size: number[];
  spacing: number[];
  origin: number[];
  direction: number[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../fixtures/itk-geometry.json', import.meta.url), 'utf8'));

it.each(cases)(
  'reads the geometry that SimpleITK reads: $name',
  ({ header, error, size, spacing, origin, direction }) => {
    const parsed = parseNiftiHeader(Buffer.from(header, 'base64'), 'x.nii');
    if (error) {
      try {
        geometryOf(parsed, 'x.nii');
        expect.unreachable('SimpleITK refuses it');
      } catch (problem) {
        expect(isNnUNetError(problem, 'bad-nifti') && problem.where).toBe('x.nii');
      }
      return;
    }
    const got = geometryOf(parsed);
    expect([...got.shape].reverse()).toEqual(size);
    expect([...got.spacing].reverse()).toEqual(spacing);
    for (let i = 0; i < 3; i++) expect(got.origin[i]).toBe(origin[i] + 0);
    for (let i = 0; i < 9; i++) expect(Math.abs(got.direction[i] - direction[i])).toBeLessThan(2e-7);
  },
);
