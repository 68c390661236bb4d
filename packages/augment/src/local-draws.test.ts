import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { drawLocal, drawRectangles } from './local-draws.ts';

const random = () => counterRandom('local');

it('places a Gaussian by shares of the patch, and leaves an axis of one voxel alone', () => {
  const ranges = {
    location: [0.25, 0.25],
    scale: [0.3, 0.3],
    values: [
      [2, 2],
      [2, 2],
    ],
  } as const;
  const { gaussian, value } = drawLocal(random(), [1, 40, 20], ranges);
  expect(gaussian.centre).toEqual([0, 10, 5]);
  expect(gaussian.sigma.map((sigma) => Number(sigma.toFixed(9)))).toEqual([1, 12, 6]);
  expect(value).toBe(2);
});

it('draws widths evenly on a logarithmic scale, places evenly, and either range of values as often', () => {
  const ranges = {
    location: [-0.5, 1.5],
    scale: [0.01, 0.64],
    values: [
      [0, 1],
      [10, 11],
    ],
  } as const;
  const source = random();
  const draws = Array.from({ length: 4000 }, () => drawLocal(source, [100, 100, 100], ranges));
  const share = (of: (draw: (typeof draws)[number]) => boolean) => draws.filter(of).length / draws.length;
  // Between 1 and 64 voxels: half of them below 8. A share of 4000 deviates by 0.008.
  expect(share(({ gaussian }) => gaussian.sigma[0]! < 8)).toBeCloseTo(0.5, 1);
  expect(share(({ gaussian }) => gaussian.sigma[1]! < 1 || gaussian.sigma[1]! > 64)).toBe(0);
  expect(share(({ gaussian }) => gaussian.centre[2]! < 0)).toBeCloseTo(0.25, 1);
  expect(share(({ gaussian }) => gaussian.centre[2]! < -50 || gaussian.centre[2]! > 150)).toBe(0);
  expect(share(({ value }) => value < 1)).toBeCloseTo(0.5, 1);
  expect(share(({ value }) => value >= 10 && value < 11)).toBeCloseTo(0.5, 1);
});

it('draws boxes within the patch, never at its first voxel unless they fill it', () => {
  const source = random();
  const seen = { count: new Set<number>(), size: new Set<number>(), start: new Set<number>() };
  for (let i = 0; i < 400; i++) {
    const boxes = drawRectangles(source, [4, 6, 9], {
      count: [1, 3],
      size: [
        [4, 4],
        [2, 3],
        [5, 12],
      ],
    });
    seen.count.add(boxes.length);
    for (const { size, start } of boxes) {
      expect([size[0], start[0]]).toEqual([4, 0]);
      seen.size.add(size[2]!);
      seen.start.add(start[1]!);
      expect(start[1]! + size[1]!).toBeLessThanOrEqual(6);
      if (size[2] === 9) expect(start[2]).toBe(0);
    }
  }
  expect([...seen.count].sort()).toEqual([1, 2, 3]);
  expect([...seen.size].sort()).toEqual([5, 6, 7, 8, 9]);
  expect([...seen.start].sort()).toEqual([1, 2, 3, 4]);
  // In the plane of slices the boxes have one slice.
  const flat = drawRectangles(source, [4, 6, 9], {
    count: [2, 2],
    size: [
      [2, 2],
      [3, 3],
    ],
  });
  expect(flat.map(({ size }) => size)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});
