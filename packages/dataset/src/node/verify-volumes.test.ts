import { expect, it } from 'vitest';
import { orientationFaults } from './verify-volumes.ts';

const files = (codes: string, ...names: string[]) => names.map((name) => ({ file: `imagesTr/${name}`, codes }));

it('warns of each orientation that fewer images have, the most frequent one first', () => {
  expect(orientationFaults([])).toEqual([]);
  expect(orientationFaults(files('RAS', 'a', 'b'))).toEqual([]);
  const faults = orientationFaults([
    ...files('LPS', 'p'),
    ...files('RAS', 'a', 'b', 'c', 'd', 'e', 'f'),
    ...files('LAS', 'q', 'r', 's', 't', 'u'),
    ...files('PSL', 'w', 'x', 'y', 'z'),
  ]);
  expect(faults.map(({ file, expected, found }) => [file, expected, found])).toEqual([
    ['imagesTr/q', 'RAS, as 6 images', 'LAS, as 5 images: q, r, s, t, …'],
    ['imagesTr/w', 'RAS, as 6 images', 'PSL, as 4 images: w, x, y, z'],
    ['imagesTr/p', 'RAS, as 6 images', 'LPS, as 1 image'],
  ]);
});

it('takes the first by name of orientations that are as frequent', () => {
  for (const order of [
    [...files('RAS', 'a'), ...files('LAS', 'b')],
    [...files('LAS', 'b'), ...files('RAS', 'a')],
  ])
    expect(orientationFaults(order)).toMatchObject([{ file: 'imagesTr/a', expected: 'LAS, as 1 image' }]);
});
