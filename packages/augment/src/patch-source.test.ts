import { expect, it } from 'vitest';
import { arraySource, cutChannels, locateClasses } from './patch-source.ts';

const shape = [2, 3, 4];
const count = (n: number) => Float32Array.from({ length: n }, (_, i) => i);
const held = { id: 'a', shape, data: count(48), seg: new Float32Array(24) };

it('cuts boxes out of every channel, and of the labels', async () => {
  const previous = Uint8Array.from(count(24));
  const source = arraySource([held, { ...held, id: 'b', seg: count(24), previous }]);
  expect([source.channels, source.caseIds, source.shapeOf(1)]).toEqual([2, ['a', 'b'], shape]);
  const box = await source.readBox(1, [1, 0, 2], [2, 2, 4]);
  expect([...box.data]).toEqual([14, 15, 18, 19, 38, 39, 42, 43]);
  expect([...box.seg]).toEqual([14, 15, 18, 19]);
  expect([...box.previous!]).toEqual([14, 15, 18, 19]);
  expect((await source.readBox(0, [0, 0, 0], [1, 1, 1])).previous).toBeUndefined();
  expect([...cutChannels(count(48), shape, [0, 1, 1], [2, 2, 2])]).toEqual([5, 17, 29, 41]);
});

it('finds the voxels of every label above 0, in the order of the labels, once', async () => {
  const seg = new Float32Array(24);
  seg[1] = 3;
  seg[6] = 1;
  seg[23] = 3;
  seg[12] = -1;
  const found = locateClasses(seg, shape);
  expect([...found].map(([label, voxels]) => [label, ...voxels])).toEqual([
    [1, 0, 1, 2],
    [3, 0, 0, 1, 1, 2, 3],
  ]);
  const given = new Map([[2, Int32Array.of(0, 0, 0)]]);
  const source = arraySource([
    { ...held, seg },
    { ...held, seg, classLocations: given },
  ]);
  expect(await source.classLocations(0)).toEqual(found);
  expect(await source.classLocations(0)).toBe(await source.classLocations(0));
  expect(await source.classLocations(1)).toBe(given);
});

it.each([
  ['an axis too few', { shape: [2, 12] }, /shape 2,12 does not fit 48 values and 24 labels of 2 modalities/],
  ['another number of labels', { shape: [2, 3, 5] }, /does not fit/],
  ['other modalities', { data: count(24) }, /does not fit 24 values and 24 labels of 2 modalities/],
  ['labels of the stage before of another shape', { previous: new Uint8Array(23) }, /previous stage has another shape/],
])('refuses a case of %s', (_, more, what) => {
  expect(() => arraySource([held, { ...held, id: 'b', ...more }])).toThrow(
    expect.objectContaining({ tag: 'bad-case', where: 'b', what: expect.stringMatching(what) }),
  );
});

it('refuses half a modality, and no case at all', () => {
  expect(() => arraySource([{ ...held, data: count(36) }])).toThrow(/does not fit 36 values/);
  expect(() => arraySource([])).toThrow(/there is no case/);
});
