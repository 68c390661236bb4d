import { expect, it } from 'vitest';
import { float16ToFloat32, float32ToFloat16, roundToFloat16 } from './half.ts';

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);

it('gives known values', () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x3555);
  const values = [1, -2, 65504, 2 ** -14, 2 ** -24, -0, Infinity, -Infinity, 0.333251953125];
  expect([...float16ToFloat32(bits)]).toEqual(values);
});

it('keeps every half float through float32 and back', () => {
  const back = float32ToFloat16(float16ToFloat32(all));
  for (let h = 0; h < 65536; h++) {
    const nan = (h & 0x7c00) === 0x7c00 && (h & 0x3ff) !== 0;
    if (nan) expect((back[h]! & 0x7c00) === 0x7c00 && (back[h]! & 0x3ff) !== 0).toBe(true);
    else if (back[h] !== h) expect(back[h]).toBe(h);
  }
});

it('rounds to the nearest, ties to even, between any two neighbours', () => {
  const values = float16ToFloat32(all);
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  const round = (x: number) => float32ToFloat16(Float32Array.of(x))[0];
  for (let h = 0; h < 0x7bff; h++) {
    const middle = (values[h]! + values[h + 1]!) / 2;
    const even = h & 1 ? h + 1 : h;
    single[0] = middle;
    const at = bits[0]!;
    bits[0] = at - 1;
    const below = single[0];
    bits[0] = at + 1;
    const above = single[0];
    const got = [round(below), round(middle), round(above), round(-middle)];
    if (got.join() !== [h, even, h + 1, even | 0x8000].join())
      expect([h, ...got]).toEqual([h, h, even, h + 1, even | 0x8000]);
  }
  expect(round(65519.99)).toBe(0x7bff);
  expect(round(65520)).toBe(0x7c00);
  expect(round(1e30)).toBe(0x7c00);
  expect(round(2 ** -25)).toBe(0);
  expect(round(2 ** -25 * 1.001)).toBe(1);
  expect(round(1e-45)).toBe(0);
});

it('rounds in place', () => {
  const values = Float32Array.of(0.1, 0.2, 1 / 3);
  expect(roundToFloat16(values, values)).toBe(values);
  expect([...values]).toEqual([0.0999755859375, 0.199951171875, 0.333251953125]);
});

it('rounds float64 in one step', () => {
  const values = [
    1 + 2 ** -11,
    1 + 2 ** -11 + 2 ** -40,
    -1 - 3 * 2 ** -11 + 2 ** -40,
    1e-60,
    65519.999,
    65520,
    Number.NaN,
  ];
  const rounded = [1, 1 + 2 ** -10, -1 - 2 ** -10, 0, 65504, Number.POSITIVE_INFINITY, Number.NaN];
  expect([...roundToFloat16(Float64Array.from(values))]).toEqual(rounded);
  expect(roundToFloat16(Float32Array.from(values))[1]).toBe(1);
});
