import { expect, it } from 'vitest';
import { bodyTiles } from './body-tiles.ts';
import type { CaseRules } from './case-stages.ts';

const shape = [2, 4, 4, 8];
const rules = (masked: boolean[]) =>
  ({ generation: 1, description: { plans: { use_mask_for_norm: { ...masked } } } }) as unknown as CaseRules;
const tile = (x: number, y = 0) => ({ shape: [4, 4, 8], start: [0, y, x], size: [4, 4, 4] }) as const;

it('wants tiles in which any channel is not at its lowest, up to a thousandth of its range', () => {
  const data = new Float32Array(2 * 128).fill(-1, 0, 128).fill(5, 128);
  data[128 + 3] = 9;
  data[7] = 1;
  const keep = bodyTiles({ data, shape }, rules([false, false]));
  expect(keep(tile(0))).toBe(true);
  expect(keep(tile(4))).toBe(true);
  data[128 + 3] = 5;
  data[0] = -0.9985;
  expect(bodyTiles({ data, shape }, rules([false, false]))(tile(0))).toBe(false);
  data[0] = -0.99;
  expect(bodyTiles({ data, shape }, rules([false, false]))(tile(0))).toBe(true);
});

it('takes zeros for background where a channel is normalised within its mask, and looks inside the image only', () => {
  const data = new Float32Array(2 * 128);
  data[7] = -3;
  data[6] = 3;
  const keep = bodyTiles({ data, shape }, rules([true, true]));
  expect(keep(tile(0))).toBe(false);
  expect(keep(tile(-2, -2))).toBe(false);
  expect(keep(tile(6, 1))).toBe(false);
  expect(keep(tile(5, -1))).toBe(true);
  expect(bodyTiles({ data, shape }, rules([false, true]))(tile(0))).toBe(true);
});

it('counts a value that is no number as body', () => {
  const data = new Float32Array(2 * 128);
  data[0] = Number.NaN;
  expect(bodyTiles({ data, shape }, rules([true, true]))(tile(0))).toBe(true);
});
