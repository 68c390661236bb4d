import { expect, it } from 'vitest';
import { batchPicture } from './batch-picture.ts';

it('shows the slice with most foreground of each sample, every channel plain and the first with labels', () => {
  const data = new Float32Array(2 * 2 * 2 * 2 * 2);
  const labels = new Uint8Array(2 * 2 * 2 * 2);
  // Sample 1, first channel, slice 1: a bright voxel with label 1.
  data[1 * 16 + 4 + 3] = 1;
  labels[1 * 8 + 4 + 3] = 1;
  // Its second channel, same slice: another voxel.
  data[1 * 16 + 8 + 4 + 1] = 1;
  const target = { data: labels, shape: [2, 1, 2, 2, 2] };
  const picture = batchPicture({ data, shape: [2, 2, 2, 2, 2], targets: [target], keys: ['a', 'b'] });
  // Two samples in a row, of two channels and labels; each slice is 160 pixels wide, with gaps of 4.
  expect([picture.height, picture.width]).toEqual([164, 2 * (3 * 164 + 4)]);
  const at = (y: number, x: number) => Array.from(picture.data.slice((y * picture.width + x) * 3).slice(0, 3));
  const second = 496;
  expect(at(159, second + 159)).toEqual([255, 255, 255]);
  expect(at(0, second + 164 + 159)).toEqual([255, 255, 255]);
  expect(at(159, second + 164 + 159)).toEqual([0, 0, 0]);
  expect(at(159, second + 328 + 159)).toEqual([161, 177, 236]);
  expect(at(0, second + 328)).toEqual([0, 0, 0]);
  expect(at(159, 159)).toEqual([0, 0, 0]);
});

it('begins another row after four samples, in the order of the batch', () => {
  const data = Float32Array.from({ length: 6 * 8 }, (_, i) => (i % 8 === 7 ? 1 : 0));
  const target = {
    data: Uint8Array.from({ length: 6 * 8 }, (_, i) => (i % 8 === 7 ? 1 + Math.floor(i / 8) : 0)),
    shape: [6, 1, 2, 2, 2],
  };
  const picture = batchPicture({ data, shape: [6, 1, 2, 2, 2], targets: [target], keys: [...'abcdef'] });
  expect([picture.height, picture.width]).toEqual([2 * 164, 4 * 332]);
  const at = (y: number, x: number) => Array.from(picture.data.slice((y * picture.width + x) * 3).slice(0, 3));
  // Half of white, half of the colours of labels 1 to 6.
  const colours = [
    [161, 177, 236],
    [250, 193, 152],
    [158, 218, 165],
    [243, 140, 165],
    [200, 143, 218],
    [255, 240, 140],
  ];
  for (const [sample, colour] of colours.entries()) {
    const [y, x] = [Math.floor(sample / 4) * 164, (sample % 4) * 332];
    expect([at(y + 159, x + 159), at(y + 159, x + 164 + 159)], `sample ${sample}`).toEqual([[255, 255, 255], colour]);
  }
  for (const x of [2, 3]) expect(at(164 + 10, x * 332 + 10)).toEqual([255, 255, 255]);
});
