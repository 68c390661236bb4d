import { expect, it } from 'vitest';
import { fourDigits } from './four-digits.ts';

it('shows four digits, and a dash for no score', () => {
  expect([0.87654, 0, 1, Number.NaN, null, undefined].map(fourDigits)).toEqual([
    '0.8765',
    '0.0000',
    '1.0000',
    '-',
    '-',
    '-',
  ]);
});
