import { expect, it } from 'vitest';
import { requireInteger, requireOneOf, requirePositive } from './option-checks.ts';

it('accepts what is in range, its ends, and what is left out', () => {
  for (const value of [1, 2, 7, undefined]) requireInteger('epochs', value, 1);
  for (const value of [0, 1, 2]) requireInteger('part', value, 0, 2);
  for (const value of [1e-9, 1e9, undefined]) requirePositive('maxMemory', value);
  for (const value of [0.1, 1]) requirePositive('stepSize', value, 1);
  for (const value of ['a', 'b', 'c', undefined]) requireOneOf('mode', value, ['a', 'b', 'c']);
});

it('refuses everything else, naming the option, what it must be, and the value', () => {
  for (const value of [0, -1, 1.5, Number.NaN, Infinity])
    expect(() => requireInteger('epochs', value, 1)).toThrow(
      expect.objectContaining({ tag: 'usage', message: `\`epochs\` must be an integer of at least 1, not ${value}` }),
    );
  for (const value of [-1, 3, 0.5])
    expect(() => requireInteger('part', value, 0, 2)).toThrow(`\`part\` must be an integer from 0 to 2, not ${value}`);
  expect(() => requireInteger('part', 1, 0, 0)).toThrow('`part` must be 0, not 1');
  for (const value of [0, -2, Number.NaN, Infinity])
    expect(() => requirePositive('maxMemory', value)).toThrow(
      expect.objectContaining({ tag: 'usage', message: `\`maxMemory\` must be a number greater than 0, not ${value}` }),
    );
  expect(() => requirePositive('stepSize', 1.01, 1)).toThrow('must be a number greater than 0 and at most 1, not 1.01');
  expect(() => requireOneOf('mode', 'd', ['a', 'b', 'c'])).toThrow(
    expect.objectContaining({ tag: 'usage', message: '`mode` must be a, b or c, not d' }),
  );
});
