import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { transformed } from '../test/transformed.ts';
import type { LoaderPatch } from './loader-patch.ts';
import type { BorderMode } from './spatial.ts';
import type { Sample } from './transform-entry.ts';

/** A loader patch of two channels, of which a box is stored. */
function patchOf(size: number[], lower: number[], upper: number[]): LoaderPatch {
  const voxels = upper.reduce((product, high, d) => product * (high - lower[d]!), 1);
  const data = counterRandom('patch').fillNormal(new Float32Array(2 * voxels));
  const seg = Float32Array.from({ length: voxels }, (_, i) => i % 4);
  const previous = Float32Array.from({ length: voxels }, (_, i) => i % 3);
  return { size, box: { lower, upper }, channels: 2, data, seg, previous };
}

/** What lies at the voxels around the centre, one by one; with 'nearest' the voxel at the edge is taken beyond it. */
function cropped(
  { size, box, ...stored }: LoaderPatch,
  shape: number[],
  { start, border = 'constant' }: { start?: number[]; border?: BorderMode } = {},
) {
  const [n0, n1, n2] = shape as [number, number, number];
  const extent = box.upper.map((high, d) => high - box.lower[d]!);
  const expected: { data: number[]; seg: number[]; previous: number[] } = { data: [], seg: [], previous: [] };
  for (let c = 0; c < 2; c++)
    for (let i = 0; i < n0 * n1 * n2; i++) {
      const place = [Math.floor(i / (n1 * n2)), Math.floor(i / n2) % n1, i % n2].map(
        (at, d) => at + (start?.[d] ?? Math.floor((size[d]! - shape[d]!) / 2)),
      );
      const inside = place.every((at, d) => at >= 0 && at < size[d]!);
      const index = (voxel: number[]) => {
        const [z, y, x] = voxel.map((at, d) => at - box.lower[d]!) as [number, number, number];
        const held = [z, y, x].every((at, d) => at >= 0 && at < extent[d]!);
        return held ? (z * extent[1]! + y) * extent[2]! + x : -1;
      };
      const clamped = place.map((at, d) => Math.min(Math.max(at, 0), size[d]! - 1));
      const voxel = border === 'nearest' ? index(clamped) : inside ? index(place) : -1;
      expected.data.push(voxel < 0 ? 0 : stored.data[c * stored.seg.length + voxel]!);
      if (c > 0) continue;
      const label = inside ? index(place) : -1;
      expected.seg.push(label >= 0 ? stored.seg[label]! : inside ? -1 : 0);
      expected.previous.push(label >= 0 ? stored.previous![label]! : 0);
    }
  return expected;
}

const same = (
  found: Pick<Sample, 'data' | 'seg' | 'previous'>,
  expected: ReturnType<typeof cropped>,
  tolerance: number,
) => {
  const differences = [...found.data].map((value, i) => Math.abs(value - expected.data[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance);
  expect([...found.seg]).toEqual(expected.seg);
  expect([...found.previous!]).toEqual(expected.previous);
};

const nothing = { angles: null, scale: null };
/** Changes no coordinate, but is more than a crop. */
const turned = { angles: [0, 0, 0], scale: 1 };
const whole = patchOf([7, 8, 10], [0, 0, 0], [7, 8, 10]);
const part = patchOf([9, 12, 11], [2, 0, 5], [6, 7, 11]);
const none = patchOf([9, 12, 11], [0, 0, 0], [0, 0, 0]);

it.each([
  ['a smaller patch', whole, [3, 4, 5]],
  ['an uneven difference', whole, [4, 5, 7]],
  ['a larger patch', whole, [9, 11, 13]],
  ['a larger one along one axis', whole, [7, 8, 12]],
  ['a patch of which a part is stored', part, [5, 6, 7]],
  ['a larger one of which a part is stored', part, [11, 14, 13]],
  ['a patch that lies beside its stored part', part, [1, 2, 1]],
  ['a patch of which nothing is stored', none, [5, 6, 13]],
])('crops around the centre: %s', (_, patch, shape) => {
  same(transformed(patch, shape, nothing), cropped(patch, shape), 0);
});

it('crops around another centre', () => {
  const centre = [2, 7, 4.5];
  same(transformed(part, [3, 5, 4], { ...nothing, centre }), cropped(part, [3, 5, 4], { start: [1, 5, 3] }), 0);
  same(transformed(whole, [5, 5, 4], { ...nothing, centre }), cropped(whole, [5, 5, 4], { start: [0, 5, 3] }), 0);
});

// With an even difference of the sizes every coordinate is a voxel, which the splines go through.
it.each<[string, LoaderPatch, number[], BorderMode]>([
  ['a smaller patch', whole, [3, 4, 6], 'constant'],
  ['a larger patch', whole, [11, 14, 12], 'constant'],
  ['a patch of which a part is stored', part, [7, 8, 5], 'constant'],
  ['a patch of which nothing is stored', none, [7, 8, 5], 'constant'],
  ['a patch of one slice', patchOf([1, 8, 10], [0, 1, 2], [1, 7, 10]), [1, 6, 8], 'constant'],
  ['a smaller patch', whole, [3, 4, 6], 'nearest'],
  ['a larger patch', whole, [13, 10, 14], 'nearest'],
  ['a larger one of which a part is stored', part, [11, 16, 19], 'nearest'],
  [
    'a patch that is larger by more than edges are continued',
    patchOf([3, 4, 3], [0, 0, 0], [3, 4, 3]),
    [3, 4, 37],
    'nearest',
  ],
])('puts splines through the voxels of %s (%#), with its border', (_, patch, shape, border) => {
  same(transformed(patch, shape, turned, { border }), cropped(patch, shape, { border }), 2e-6);
});

it.each<[LoaderPatch, number[], BorderMode]>([
  [whole, [4, 6, 8], 'constant'],
  [whole, [7, 12, 14], 'constant'],
  [part, [5, 8, 7], 'constant'],
  [whole, [7, 12, 14], 'nearest'],
])('leaves slices apart within the plane (%#)', (patch, shape, border) => {
  const flat = { angles: [0], scale: 1 };
  same(transformed(patch, shape, flat, { inPlane: true, border }), cropped(patch, shape, { border }), 2e-6);
});
