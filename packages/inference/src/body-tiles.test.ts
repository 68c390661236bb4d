import { expect, it } from 'vitest';
import { bodyTiles } from './body-tiles.ts';
import type { ModelDescription } from './model-description.ts';
import { RulesV1 } from './rules-v1.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { RulesV2 } from './v2/rules-v2.ts';

const shape = [2, 4, 4, 8];
const rules = (useMaskForNorm: boolean[]) => ({ useMaskForNorm });
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

it('counts NaN as body', () => {
  const data = new Float32Array(2 * 128);
  data[0] = Number.NaN;
  expect(bodyTiles({ data, shape }, rules([true, true]))(tile(0))).toBe(true);
});

it('wants exactly the tiles that hold the one voxel of the body', () => {
  const [channels, Z, Y, X] = [2, 3, 4, 5];
  const corner = [-1, 1, 2] as const;
  for (let i = 0; i < channels * Z * Y * X; i++) {
    const data = new Float32Array(channels * Z * Y * X);
    data[i] = 1;
    const keep = bodyTiles({ data, shape: [channels, Z, Y, X] }, rules([true, true]));
    const [z, y, x] = [Math.floor(i / (Y * X)) % Z, Math.floor(i / X) % Y, i % X] as const;
    for (const size of [
      [2, 2, 2],
      [3, 2, 1],
      [9, 9, 9],
    ] as const) {
      // biome-ignore format: a table
      const inside = [z, y, x].every((n, axis) => n >= corner[axis]! && n < corner[axis]! + size[axis]!);
      expect([i, keep({ shape: [Z, Y, X], start: corner, size })]).toEqual([i, inside]);
    }
  }
});

it('knows a thousandth of the range from a little more, above and below', () => {
  const kept = (first: number, masked: boolean) => {
    const data = new Float32Array(2 * 128);
    data[7] = 2;
    data[0] = first;
    return bodyTiles({ data, shape }, rules([masked, masked]))(tile(0));
  };
  expect([kept(0.00195, false), kept(0.0021, false)]).toEqual([false, true]);
  expect([kept(-0.00195, true), kept(-0.0021, true)]).toEqual([false, true]);
});

it('reads from the plans of v1 and of v2 which channels are masked, and takes one that is not named for whole', () => {
  const data = new Float32Array(2 * 128).fill(-5);
  data[7] = 1;
  const v2 = (useMaskForNorm: boolean[]) =>
    new RulesV2({ preprocessing: { useMaskForNorm } } as unknown as ModelDescriptionV2);
  const v1 = (use_mask_for_norm: boolean[]) =>
    new RulesV1({ plans: { use_mask_for_norm: { ...use_mask_for_norm } } } as unknown as ModelDescription);
  for (const rules of [v1, v2]) {
    const keep = (masked: boolean[]) => bodyTiles({ data, shape }, rules(masked))(tile(0));
    expect([keep([false, false]), keep([false]), keep([false, true])]).toEqual([false, false, true]);
  }
});
