import { expect, it } from 'vitest';
import { recipeV1, withRotation } from './recipe-v1.ts';

const rotationOf = (patchSize: number[], dummy2D = false) =>
  recipeV1({ patchSize, batchSize: 2, dummy2D }).spatial!.rotation.map(([low, high]) => {
    expect(low).toBe(-high);
    return Math.round((high * 180) / Math.PI);
  });

it('has the numbers of nnUNetTrainerV2', () => {
  const { spatial, loaderPatchSize: _, ...rest } = recipeV1({ patchSize: [64, 96, 80], batchSize: 3 });
  expect(spatial).toMatchObject({ rotationProbability: 0.2, scaleProbability: 0.2, scale: [0.7, 1.4] });
  expect(rest).toEqual({
    patchSize: [64, 96, 80],
    batchSize: 3,
    oversampleForeground: 0.33,
    dummy2D: false,
    noise: { probability: 0.1, sd: [0, 0.1] },
    blur: { probability: 0.2, channelProbability: 0.5, sigma: [0.5, 1] },
    brightness: { probability: 0.15, factor: [0.75, 1.25] },
    contrast: { probability: 0.15, factor: [0.75, 1.25] },
    lowResolution: { probability: 0.25, channelProbability: 0.5, zoom: [0.5, 1] },
    gammaInverted: { probability: 0.1, gamma: [0.7, 1.5], retainStats: true },
    gamma: { probability: 0.3, gamma: [0.7, 1.5], retainStats: true },
    mirror: { axes: [0, 1, 2] },
    maskedChannels: [],
    cascade: null,
    regions: null,
    deepSupervisionScales: [[1, 1, 1]],
  });
});

it('takes over what plans and trainer say', () => {
  const poolKernels = [
    [1, 2, 2],
    [2, 2, 2],
    [2, 2, 2],
  ];
  const regions = [
    { name: 'whole', values: [1, 2] },
    { name: 'part', values: [2] },
  ];
  const given = {
    poolKernels,
    maskedChannels: [1],
    cascadeClasses: [1, 2],
    labels: { all: [0, 1, 2], ignore: 3, regions },
  };
  expect(recipeV1({ patchSize: [16, 32, 32], batchSize: 2, dummy2D: true, ...given })).toMatchObject({
    dummy2D: true,
    maskedChannels: [1],
    cascade: { classes: [1, 2], balls: { probability: 0.4, radius: [1, 8] } },
    // Voxels without annotation are a region of their own.
    regions: [[1, 2], [2], [3]],
    annotated: '-1,0,1,2',
    ignoreLabel: 3,
    deepSupervisionScales: [
      [1, 1, 1],
      [1, 0.5, 0.5],
      [0.5, 0.25, 0.25],
    ],
  });
});

it('turns about all axes by 30 degrees, and slices by any angle, unless they are long', () => {
  expect(rotationOf([64, 64, 64])).toEqual([30, 30, 30]);
  expect(rotationOf([16, 64, 64], true)).toEqual([180]);
  expect(rotationOf([300, 200])).toEqual([180]);
  expect(rotationOf([302, 200])).toEqual([15]);
  expect(rotationOf([200, 302])).toEqual([15]);
  const { spatial, loaderPatchSize } = withRotation(recipeV1({ patchSize: [60, 60, 60], batchSize: 2 }), 0, 90, 0.5);
  expect(spatial!.rotation.map(([, high]) => high)).toEqual([0, Math.PI / 2, Math.PI / 2]);
  // Turned by a right angle a cube is as large, divided by the smallest scale.
  expect(loaderPatchSize).toEqual([120, 120, 120]);
  expect(withRotation({ ...recipeV1({ patchSize: [8, 8], batchSize: 2 }), spatial: null }, 15, 0).spatial).toBeNull();
});
