import { expect, it } from 'vitest';
import { applyRenumbering, renumberLabels } from './renumber-labels.ts';

it('closes gaps and keeps what is in order', () => {
  const gaps = renumberLabels({ labels: { 0: 'background', 2: 'a', 5: 'b' } });
  expect(gaps).toMatchObject({ labels: { 0: 'background', 1: 'a', 2: 'b' }, changes: true });
  expect([...gaps.newValueOf]).toEqual([[0, 0], [2, 1], [5, 2]]); // biome-ignore format: a table
  expect(renumberLabels({ labels: { 0: 'rest', 1: 'a' } })).toMatchObject({
    labels: { 0: 'rest', 1: 'a' },
    changes: false,
  });
});

it('moves regions and the ignore label along', () => {
  const regions = [
    { name: 'whole', values: [2, 5] },
    { name: 'part', values: [5] },
  ];
  const labels = { 0: 'background', 2: 'a', 5: 'b' };
  const moved = renumberLabels({ labels, regions, regions_class_order: [2, 5], ignoreLabel: 6 });
  expect(moved).toMatchObject({
    labels: { 0: 'background', 1: 'a', 2: 'b' },
    regions: [{ values: [1, 2] }, { values: [2] }],
    regions_class_order: [1, 2],
    ignoreLabel: 3,
  });
  expect(moved.newValueOf.get(6)).toBe(3);
});

it('declares a background where there is none, without touching maps that fit', () => {
  const none = renumberLabels({ labels: { 1: 'a', 2: 'b' } });
  expect(none).toMatchObject({ labels: { 0: 'background', 1: 'a', 2: 'b' }, changes: false });
});

it('leaves undeclared values and counts them', () => {
  const map = Int16Array.of(0, 5, 5, 3, 2, 3, 0);
  const strange = applyRenumbering(map, renumberLabels({ labels: { 0: 'background', 2: 'a', 5: 'b' } }));
  expect([...map]).toEqual([0, 2, 2, 3, 1, 3, 0]);
  expect([...strange]).toEqual([[3, 2]]);
});

it('renumbers negative values like others, in ascending order', () => {
  const { newValueOf, labels, changes } = renumberLabels({ labels: { 0: 'b', 3: 'x', '-1': 'y' } });
  expect([[...newValueOf], labels, changes]).toEqual([[[0, 0], [-1, 1], [3, 2]], { 0: 'b', 1: 'y', 2: 'x' }, true]); // biome-ignore format: a table
});

it('counts every voxel of an undeclared value', () => {
  const map = [9, 9, 2, 9, 0];
  const strange = applyRenumbering(map, renumberLabels({ labels: { 0: 'b', 2: 'x' } }));
  expect([map, [...strange]]).toEqual([[9, 9, 1, 9, 0], [[9, 3]]]);
});
