import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { applyPostprocessing, removeAllButLargest } from './remove-components.ts';

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

it('joins voxels that share an edge or a corner if told so', () => {
  const diagonal = (entries: (number | number[])[]) =>
    [...removeAllButLargest(labels, { shape, entries, diagonal: true }).labels].join('');
  expect(diagonal([1])).toBe('110002100000010220');
  expect(diagonal([[1, 2]])).toBe('110000100000010000');
  const map = { data: labels, shape };
  const rule = { entries: [1], minimumSizes: null };
  expect([...applyPostprocessing(map, { ...rule, diagonal: true }).data].join('')).toBe('110002100000010220');
  expect([...applyPostprocessing(map, rule).data].join('')).toBe('110002100000000220');
});

it('leaves components that reach a minimum size in mm³', () => {
  expect(kept([2], [1])).toBe('110012100000010220');
  expect(kept([2], [1.5])).toBe('110010100000010220');
  expect(kept([2], [1.5], [1, 1, 2])).toBe('110012100000010220');
  expect(kept([1, 2], [null, 1])).toBe('110002100000000220');
});

it('reports the smallest component that it kept and the largest that it removed', () => {
  const map = Uint8Array.from('1111011010110101111', Number);
  const sizesOf = (minimumSizes?: (number | null)[]) =>
    removeAllButLargest(map, { shape: [1, 1, 19], entries: [1], minimumSizes, spacing: [1, 2, 0.5] }).sizes;
  expect(sizesOf()).toEqual([{ kept: 4, removed: 2 }]);
  expect(sizesOf([2])).toEqual([{ kept: 2, removed: 1 }]);
  expect(sizesOf([1])).toEqual([{ kept: 1, removed: null }]);
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
  for (const other of [[3, 5], [18], [1, 1, 3, 6]])
    expect(tag(() => removeAllButLargest(labels, { shape: other, entries: [1] }))).toBe('bad-shape');
  expect(tag(() => removeAllButLargest(labels, { shape: [3, 6], entries: [1] }))).toBeUndefined();
});

it('keeps what else belongs to a label map', () => {
  const map = { data: labels, shape, origin: [1, 2, 3] };
  const out = applyPostprocessing(map, { entries: [1], minimumSizes: null });
  expect(out.origin).toEqual([1, 2, 3]);
  expect([...out.data].join('')).toBe(kept([1]));
});
