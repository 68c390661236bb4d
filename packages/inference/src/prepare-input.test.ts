import { isNnUNetError } from '@nnunet/errors';
import type { Volume } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { inputNotices } from './prepare-input.ts';

const image = (change: Partial<Volume> = {}): Volume => ({
  data: new Float32Array(24),
  shape: [2, 3, 4],
  spacing: [2, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  ...change,
});
const files = ['a_0000.nii.gz', 'a_0001.nii.gz'];

function tagOf(work: () => unknown): string {
  try {
    return `gave ${JSON.stringify(work())}`;
  } catch (error) {
    return isNnUNetError(error) ? `${error.tag} ${error.message}` : String(error);
  }
}

it('compares the channels of a case with the first', () => {
  expect(inputNotices({ id: 'a', files, images: [image(), image()] })).toEqual([]);
  const [warning] = inputNotices({ id: 'a', files, images: [image(), image({ origin: [0, 0.3, 0] })] });
  expect(warning).toMatchObject({
    severity: 'warning',
    text: expect.stringMatching(/^a_0001\.nii\.gz is slightly displaced/),
  });
  const apart = { id: 'a', files, images: [image(), image({ origin: [0, 1, 0] })] };
  expect(tagOf(() => inputNotices(apart))).toMatch(
    /^other-grid a_0001\.nii\.gz: is not at the same position as a_0000\.nii\.gz/,
  );
  const close = { id: 'a', images: [image(), image({ origin: [0, 0.001, 0] })] };
  expect(inputNotices(close)).toMatchObject([{ severity: 'note', text: expect.stringMatching(/^image 1 of a/) }]);
  expect(tagOf(() => inputNotices({ ...close, grid: { strict: true } }))).toMatch(/^other-grid/);
});

it('compares the labels of the stage before, where they say where they lie', () => {
  const labels = { data: new Uint8Array(24), shape: [2, 3, 4] };
  expect(inputNotices({ id: 'a', images: [image()], previousSegmentation: labels })).toEqual([]);
  for (const part of [{ spacing: [9, 9, 9] }, { origin: [9, 9, 9] }, { spacing: [9, 9, 9], origin: [9, 9, 9] }])
    expect(inputNotices({ id: 'a', images: [image()], previousSegmentation: { ...labels, ...part } as never })).toEqual(
      [],
    );
  const { data: __, ...other } = image({ shape: [2, 3, 5], origin: [9, 9, 9] });
  expect(inputNotices({ id: 'a', images: [image()], previousSegmentation: { ...labels, ...other } })).toEqual([]);
  const { data: _, ...turned } = image({ direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] });
  const elsewhere = { id: 'a', images: [image()], previousSegmentation: { ...labels, ...turned } };
  expect(tagOf(() => inputNotices(elsewhere))).toMatch(/^other-grid the previous stage's segmentation of a/);
});

it('tells of voxels that are not finite, read from a file or given as they are', () => {
  const read = { ...image(), notFinite: 5 };
  const given = image({ data: Float32Array.from({ length: 24 }, (_, i) => (i < 2 ? Number.NaN : i)) });
  expect(inputNotices({ id: 'a', files, images: [read, given] })).toEqual([
    {
      severity: 'warning',
      text: 'a_0000.nii.gz: 5 voxels are NaN, infinite or out of range for float32 and will be read as 0',
    },
    {
      severity: 'warning',
      text: 'a_0001.nii.gz: 2 voxels are NaN, infinite or out of range for float32 and will be read as 0',
    },
  ]);
});
