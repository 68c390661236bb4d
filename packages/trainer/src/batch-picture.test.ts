import { LABEL_COLORS } from '@nnunet/plot';
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

it('stretches each slice from black to white, and tints the last region at each voxel', () => {
  // Two slices of 2 x 100 pixels of two channels: the first from -1 to 3, the second the same everywhere.
  const data = new Float32Array(2 * 2 * 200).fill(5);
  for (const sample of [0, 1]) data.fill(-1, sample * 400, sample * 400 + 200);
  data[400] = 3;
  data[401] = 1;
  data[400 + 101] = 1;
  // Of the second sample the first region covers three voxels, the second one of them.
  const regions = new Uint8Array(2 * 2 * 200);
  for (const i of [0, 101, 199]) regions[400 + i] = 1;
  regions[600 + 101] = 1;
  const target = { data: regions, shape: [2, 2, 2, 100] };
  const picture = batchPicture({ data, shape: [2, 2, 2, 100], targets: [target], keys: ['a', 'b'] });
  // Twice as large: panels of 200 x 4 pixels and gaps of 4, two samples in a row.
  expect([picture.height, picture.width]).toEqual([8, 2 * (3 * 204 + 4)]);
  const at = (y: number, x: number) => [...picture.data.slice((y * picture.width + x) * 3).slice(0, 3)];
  const second = 616;
  const grey = (value: number) => [value, value, value];
  expect([at(0, second), at(1, second + 1)]).toEqual([grey(255), grey(255)]);
  expect([at(0, second + 2), at(2, second + 3), at(3, second + 199)]).toEqual([grey(128), grey(128), grey(0)]);
  expect([at(4, second), at(0, second + 200)]).toEqual([grey(255), grey(255)]);
  // Channels without a range are black.
  expect([at(0, 0), at(3, 204 + 199), at(1, second + 204)]).toEqual([grey(0), grey(0), grey(0)]);
  const half = (value: number, label: number) => LABEL_COLORS[label]!.map((color) => Math.round((value + color) / 2));
  expect(at(0, second + 408)).toEqual(half(255, 1));
  expect(at(2, second + 408 + 2)).toEqual(half(127.5, 2));
  expect(at(3, second + 408 + 199)).toEqual(half(0, 1));
  expect(at(0, second + 408 + 2)).toEqual(grey(128));
});

it('begins with the first colour again after the last label that has one', () => {
  const labels = Uint8Array.of(1, LABEL_COLORS.length - 1, LABEL_COLORS.length);
  const target = { data: labels, shape: [1, 1, 1, 3] };
  const { data, width } = batchPicture({ data: new Float32Array(3), shape: [1, 1, 1, 3], targets: [target], keys: [] });
  // Three pixels, 54 times as large.
  expect(width).toBe(2 * (3 * 54 + 4) + 4);
  const [first, last, next] = [0, 1, 2].map((x) => [...data.slice(3 * (166 + 54 * x)).slice(0, 3)]);
  expect(first).toEqual(LABEL_COLORS[1]!.map((color) => Math.round(color / 2)));
  expect(last).toEqual(LABEL_COLORS.at(-1)!.map((color) => Math.round(color / 2)));
  expect(next).toEqual(first);
});

it('shows large slices as they are, and a sample a row where there are many channels', () => {
  const size = (samples: number, channels: number, shape: number[]) => {
    const voxels = samples * shape.reduce((a, b) => a * b);
    const target = { data: new Uint8Array(voxels), shape: [samples, 1, ...shape] };
    const data = new Float32Array(channels * voxels);
    const { height, width } = batchPicture({ data, shape: [samples, channels, ...shape], targets: [target], keys: [] });
    return [height, width];
  };
  expect(size(1, 1, [1, 161, 40])).toEqual([165, 2 * 44 + 4]);
  expect(size(1, 1, [1, 40, 161])).toEqual([44, 2 * 165 + 4]);
  expect(size(2, 9, [1, 160, 10])).toEqual([2 * 164, 10 * 14 + 4]);
  expect(size(5, 2, [160, 10])).toEqual([3 * 164, 2 * (3 * 14 + 4)]);
  expect(size(2, 3, [160, 10])).toEqual([164, 2 * (4 * 14 + 4)]);
});
