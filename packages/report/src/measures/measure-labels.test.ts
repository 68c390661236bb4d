import { expect, it } from 'vitest';
import { measureLabels } from './measure-labels.ts';

const shape = [1, 3, 4] as const;
const labels = Uint8Array.of(1, 1, 0, 2, 0, 0, 0, 2, 1, 0, 0, 0);
const image = Float32Array.of(2, 4, 0, 10, 0, 0, 0, 20, 6, 8, 0, 0);

it('measures volumes in mm³, components by faces, and centres as fractions of the edges', () => {
  const measures = measureLabels(
    { labels, shape, spacing: [2, 0.5, 3], axes: 'LPS', images: [], absolute: [true] },
    [1, 2, 3],
  );
  expect(Object.keys(measures)).toEqual(['1', '2', '3']);
  expect(measures[1]).toMatchObject({ volume: 9, components: 2, intensities: [] });
  // Voxels (0, 0), (0, 1) and (2, 0): centres at rows 1/6, 1/6, 5/6 and columns 1/8, 3/8, 1/8 of the edges.
  expect(measures[1]!.position![0]).toBeCloseTo(5 / 24, 12);
  expect(measures[1]!.position![1]).toBeCloseTo(7 / 18, 12);
  expect(measures[1]!.position![2]).toBeCloseTo(0.5, 12);
  expect(measures[2]).toMatchObject({ volume: 6, components: 1 });
  expect(measures[3]).toEqual({ volume: 0, components: 0, position: null, intensities: [] });
});

it('gives mean intensities as they are, or in deviations from the mean of the nonzero voxels', () => {
  const volume = {
    labels,
    shape,
    spacing: [1, 1, 1] as const,
    axes: 'LPS',
    images: [image, image],
    absolute: [true, false],
  };
  const { intensities } = measureLabels(volume, [1])[1]!;
  expect(intensities[0]).toBeCloseTo(4, 12);
  // 2, 4, 6, 8, 10, 20: mean 50 / 6, variance 620 / 6 − (50 / 6)².
  expect(intensities[1]).toBeCloseTo((4 - 50 / 6) / Math.sqrt(620 / 6 - (50 / 6) ** 2), 6);
  const flat = { ...volume, images: [new Float32Array(12)], absolute: [false] };
  expect(measureLabels(flat, [1, 3])).toMatchObject({ 1: { intensities: [0] }, 3: { intensities: [null] } });
});

it('finds the same place in the patient, however the axes of the file run', () => {
  const of = (axes: string) =>
    measureLabels({ labels, shape, spacing: [1, 1, 1], axes, images: [], absolute: [] }, [2])[2]!.position!;
  // Label 2: rows 0 and 1 of 3, the last column of 4, the only slice.
  const [x, y, z] = [7 / 8, 1 / 3, 1 / 2];
  for (const [axes, expected] of [
    ['LPS', [x, y, z]],
    ['RAS', [1 - x, 1 - y, z]],
    ['PIR', [1 - z, x, 1 - y]],
  ] as const)
    for (const [i, value] of expected.entries()) expect(of(axes)[i]).toBeCloseTo(value, 12);
});
