import { expect, it } from 'vitest';
import { type BandedLanes, planLanes } from './lane-plan.ts';

const convolution = { block: 16, kernel: [3, 3] as const, stride: 1 };

it('cuts large planes into bands whose filter fits the cache', () => {
  const plan = planLanes({ ...convolution, planes: 140, height: 56, width: 40, outputs: 32, inputs: 32 });
  expect(plan.rows).toBeLessThan(16);
  expect(plan.rows * 40 * 16 * 32 * 4).toBeLessThan(700 * 1024);
});

it('fills the lanes with bands where there are few planes', () => {
  const plan = planLanes({
    ...convolution,
    ...{ planes: 20, height: 28, width: 20, outputs: 64, inputs: 64, mayContinue: true },
  }) as BandedLanes;
  expect(plan.stacked).toBeGreaterThan(1);
  expect((plan.stacked * 20) % 16).toBe(0);
});

it('leaves small planes whole, where the sum over the groups would cost more', () => {
  const plan = planLanes({ ...convolution, planes: 32, height: 7, width: 5, outputs: 256, inputs: 256 });
  expect(plan).toEqual({ kind: 'banded', rows: 7, stacked: 1 });
});

it('cuts continuous planes if whole ones would leave many lanes empty', () => {
  const options = { ...convolution, planes: 10, height: 7, width: 5, outputs: 256, inputs: 256 };
  // 10 planes of 7 rows with a row of zeros after each but the last: 79 rows
  expect(planLanes({ ...options, mayContinue: true })).toEqual({ kind: 'continuous', rows: 5, lanes: 16 });
  expect(planLanes(options).kind).toBe('banded');
});

it('always divides the height', () => {
  for (const height of [1, 2, 7, 30, 97, 160]) {
    const options = { ...convolution, planes: 9, height, width: 64, outputs: 30, inputs: 30 };
    const { rows, stacked } = planLanes(options) as BandedLanes;
    expect(height % rows).toBe(0);
    expect((height / rows) % stacked).toBe(0);
  }
});
