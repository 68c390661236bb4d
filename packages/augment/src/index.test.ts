import { expect, it } from 'vitest';
import * as root from './index.ts';
import * as node from './node/index.ts';

it('exports these names', () => {
  expect(Object.keys(root).sort()).toMatchInlineSnapshot(`
    [
      "BALL_OPERATIONS",
      "addBrightness",
      "addGaussianNoise",
      "applyBallSteps",
      "applyGamma",
      "arraySource",
      "augmentSample",
      "blurGaussian",
      "changeContrast",
      "deepSupervisionScales",
      "downsampleLabels",
      "drawSample",
      "enlargedPatchSize",
      "forcedStart",
      "freeStart",
      "influenceBox",
      "isForcedSample",
      "loadPatch",
      "maskChannel",
      "mirrorAxes",
      "multiplyBrightness",
      "oneHotLabels",
      "recipeV2",
      "sampleBatch",
      "sampleRandom",
      "scaledShape",
      "simulateLowResolution",
      "startBounds",
      "transformSpatially",
      "validationBatch",
    ]
  `);
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "openPreparedSource",
      "openSource",
      "startBatchLoader",
    ]
  `);
});
