import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { applyPostprocessing } from './apply-postprocessing.ts';
import { removeAllButLargest } from './remove-components.ts';

// One slice: label 1 in objects of 3, 1 and (diagonal to the first) 1 voxels, label 2 touching the second.
const shape = [1, 3, 6];
const labels = Uint8Array.from([...[1, 1, 0, 0, 1, 2], ...[1, 0, 0, 0, 0, 0], ...[0, 1, 0, 2, 2, 0]]);

function kept(entries: (number | number[])[], minimumSizes: (number | null)[] | null = null, spacing?: number[]) {
  return [...removeAllButLargest(labels, { shape, spacing, entries, minimumSizes }).labels].join('');
}

it('keeps the largest component of a label, joined through faces only', () => {
  expect(kept([1])).toBe('110002100000000220');
  expect(kept([2])).toBe('110010100000010220');
  expect([...labels].join('')).toBe('110012100000010220');
});

it('keeps all components as large as the largest', () => {
  const twins = Uint8Array.from([1, 1, 0, 1, 1, 0, 1]);
  const { labels: out, sizes } = removeAllButLargest(twins, { shape: [1, 7], entries: [1], spacing: [2, 3] });
  expect([...out]).toEqual([1, 1, 0, 1, 1, 0, 0]);
  expect(sizes).toEqual([{ kept: 12, removed: 6 }]);
});

it('treats a list as one object and works on entries in order', () => {
  expect(kept([[1, 2]])).toBe('110000100000000000');
  expect(kept([1, [1, 2]])).toBe('110000100000000000');
  expect(kept([[1, 2], 2])).toBe('110000100000000000');
  expect(kept([])).toBe('110012100000010220');
});

it('leaves components that reach a minimum size in mm³', () => {
  expect(kept([2], [1])).toBe('110012100000010220');
  expect(kept([2], [1.5])).toBe('110010100000010220');
  expect(kept([2], [1.5], [1, 1, 2])).toBe('110012100000010220');
  expect(kept([1, 2], [null, 1])).toBe('110002100000000220');
});

it('reports nothing for a label that does not occur', () => {
  expect(removeAllButLargest(labels, { shape, entries: [7] }).sizes).toEqual([{ kept: null, removed: null }]);
});

it('refuses the background and shapes that do not fit', () => {
  const tag = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isNnUNetError(error) ? error.tag : error;
    }
  };
  expect(tag(() => kept([[1, 0]]))).toBe('bad-rule');
  expect(tag(() => removeAllButLargest(labels, { shape: [3, 5], entries: [1] }))).toBe('bad-shape');
});

it('keeps what else belongs to a label map', () => {
  const map = { data: labels, shape, origin: [1, 2, 3] };
  const out = applyPostprocessing(map, { entries: [1], minimumSizes: null });
  expect(out.origin).toEqual([1, 2, 3]);
  expect([...out.data].join('')).toBe(kept([1]));
});
