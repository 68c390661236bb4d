import { expect, it } from 'vitest';
import { listed } from './listed.ts';

it('names the first of a list, and counts the others', () => {
  expect(listed(['a', 'b'], 2)).toBe('a, b');
  expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  expect(listed([])).toBe('');
});
