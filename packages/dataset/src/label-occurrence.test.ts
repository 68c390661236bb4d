import { expect, it } from 'vitest';
import { LabelOccurrence } from './label-occurrence.ts';

const names = { 0: 'background', 1: 'liver', 4: 'tumour' };
const found = (occurrence: LabelOccurrence) => occurrence.faults(names).map(({ severity, expected, found }) => [severity, expected, found]); // biome-ignore format: a row

it('tells of labels that occur nowhere, and of none when nothing was read', () => {
  const occurrence = new LabelOccurrence([0, 1, 4]);
  expect(occurrence.complete).toBe(false);
  expect(found(occurrence)).toEqual([]);
  occurrence.add([0]);
  expect(found(occurrence)).toEqual([['error', 'voxels of the declared labels', 'none of them in the label map']]);
  occurrence.add([0, 1]);
  expect(found(occurrence)).toEqual([['warning', 'voxels of label 4 (tumour)', 'none in all 2 label maps']]);
  occurrence.unread = 1;
  expect(found(occurrence)).toEqual([]);
  occurrence.unread = 0;
  occurrence.add([4, 9]);
  expect([occurrence.complete, found(occurrence)]).toEqual([true, []]);
});

it('asks for the labels above 0 alone', () => {
  const occurrence = new LabelOccurrence([-1, 0, 1]);
  occurrence.add([1]);
  expect(occurrence.complete).toBe(true);
  const never = new LabelOccurrence([0, 1]);
  never.add([-1, 0]);
  expect(never.complete).toBe(false);
});
