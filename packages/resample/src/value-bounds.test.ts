import { expect, it } from 'vitest';
import type { Shape3 } from './image-shape.ts';
import { boundsOf } from './value-bounds.ts';

/** Values without a pattern, the greatest and the least at given places. */
function volume(length: number, greatest: number, least: number): Float64Array {
  const data = Float64Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 1009);
  data[greatest] = 5;
  data[least] = -5;
  return data;
}

it('finds the least and the greatest value of a volume, wherever they are', () => {
  const shape: Shape3 = [5, 41, 201]; // 41205: two pieces of 16384 and a rest
  for (const [greatest, least] of [
    [0, 41_204],
    [16_383, 16_384],
    [32_768, 32_767],
    [41_204, 0],
  ] as const) {
    const { axis, low, high } = boundsOf(volume(41_205, greatest, least), shape, null);
    expect([axis, [...low], [...high]]).toEqual([null, [-5], [5]]);
  }
});

it.each([0, 1, 2])('finds those of each slice along axis %i', (axis) => {
  const shape: Shape3 = [3, 4, 5];
  const data = volume(60, 17, 43);
  const { low, high } = boundsOf(data, shape, axis);
  const strides = [20, 5, 1];
  for (let slice = 0; slice < shape[axis]!; slice++) {
    const own = [...data].filter((_, i) => Math.floor(i / strides[axis]!) % shape[axis]! === slice);
    expect([low[slice], high[slice]]).toEqual([Math.min(...own), Math.max(...own)]);
  }
  expect([low.length, high.length]).toEqual([shape[axis], shape[axis]]);
});

it('finds those of long slices, each in several pieces', () => {
  const data = volume(2 * 20_000, 19_999, 20_000);
  const { low, high } = boundsOf(data, [2, 100, 200], 0);
  expect([low[0]! >= 0, high[0], low[1], high[1]! < 1]).toEqual([true, 5, -5, true]);
});

it('passes over NaN', () => {
  const { low, high } = boundsOf(Float32Array.of(Number.NaN, 2, 1, Number.NaN), [1, 2, 2], 2);
  expect([[...low], [...high]]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});
