import { expect, it } from 'vitest';
import { alternatives, listed } from './listed.ts';

it('names the first of a list, and counts the others', () => {
  expect(listed(['a', 'b'], 2)).toBe('a, b');
  expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  expect(listed([])).toBe('');
});

it('joins alternatives with "or" before the last', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(alternatives)).toEqual(['', 'a', 'a or b', 'a, b or c']);
});
