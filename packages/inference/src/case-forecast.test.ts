import type { Plans } from '@nnunet/dataset';
import { describeNetwork } from '@nnunet/network';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { type CaseForecast, forecastCase, memoryOfCase } from './case-forecast.ts';
import type { CaseRules } from './case-stages.ts';

const plans: Plans = tinyPlans([24, 32, 24]);
const rules: CaseRules = {
  generation: 1,
  description: {
    trainer: 'nnUNetTrainerV2',
    configuration: '3d_fullres',
    stage: 0,
    plans,
    network: describeNetwork(plans, 0),
    mirrorAxes: [0, 1, 2],
    nonlinearity: 'softmax',
    regionClassOrder: null,
  },
};

function forecast(mm: number): CaseForecast {
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return forecastCase(rules, { shape: [200, 360, 360], spacing: [mm, mm, mm], origin: [0, 0, 0], direction });
}

const preparing = (mm: number) => memoryOfCase(rules, forecast(mm), { sumBytes: 0 }).preparing;

it('foresees the grid of the network', () => {
  expect(forecast(0.5).networkShape).toEqual([100, 180, 180]);
});

it('counts for a case that keeps its grid what is read, the image and its mask', () => {
  expect(preparing(1) - 64 * 2 ** 20).toBe(200 * 360 * 360 * (4 + 9 + 8));
});

it('counts splines by their planes, of which no more than a few dozen are held', () => {
  const voxels = 200 * 360 * 360;
  const splines = preparing(0.5) - 64 * 2 ** 20 - voxels * (4 + 9 + 8 / 8) - 4 * voxels;
  expect(splines).toBeGreaterThan(45 * 8 * 360 * 360);
  expect(splines).toBeLessThan(60 * 8 * 360 * 360);
});
