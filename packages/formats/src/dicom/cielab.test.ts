import { expect, it } from 'vitest';
import { cielabOf } from './cielab.ts';

// CIELabColor.from_rgb(…).value of highdicom 0.28.2
it.each([
  [
    [0, 0, 0],
    [0, 32896, 32896],
  ],
  [
    [255, 255, 255],
    [65535, 32897, 32893],
  ],
  [
    [255, 0, 0],
    [34886, 53484, 50172],
  ],
  [
    [0, 255, 0],
    [57498, 10747, 54274],
  ],
  [
    [0, 0, 255],
    [21170, 53250, 5175],
  ],
  [
    [67, 99, 216],
    [29973, 39867, 16562],
  ],
  [
    [245, 130, 49],
    [43393, 42854, 48403],
  ],
  [
    [3, 5, 9],
    [874, 32905, 32459],
  ],
])('has the number of highdicom for %j', (rgb, value) => {
  const off = cielabOf(rgb as [number, number, number]).map((number, i) => Math.abs(number - value[i]!));
  expect(Math.max(...off)).toBeLessThan(4);
});
