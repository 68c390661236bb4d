import { expect, it } from 'vitest';
import { batchPicture } from './batch-picture.ts';

it('shows the slice with most foreground of each sample, plain and with labels', () => {
  const data = new Float32Array(2 * 2 * 2 * 2 * 2);
  const labels = new Uint8Array(2 * 2 * 2 * 2);
  // Sample 1, first channel, slice 1: a bright voxel with label 1.
  data[1 * 16 + 4 + 3] = 1;
  labels[1 * 8 + 4 + 3] = 1;
  const target = { data: labels, shape: [2, 1, 2, 2, 2] };
  const picture = batchPicture({ data, shape: [2, 2, 2, 2, 2], targets: [target], keys: ['a', 'b'] });
  // Two samples in a row; each slice is 160 pixels wide, with gaps of 4.
  expect([picture.height, picture.width]).toEqual([164, 2 * (2 * 160 + 12)]);
  const at = (y: number, x: number) => Array.from(picture.data.slice((y * picture.width + x) * 3).slice(0, 3));
  const second = 332;
  expect(at(159, second + 159)).toEqual([255, 255, 255]);
  expect(at(159, second + 164 + 159)).toEqual([161, 177, 236]);
  expect(at(0, second + 164)).toEqual([0, 0, 0]);
  expect(at(159, 159)).toEqual([0, 0, 0]);
});
