import { expect, it } from 'vitest';
import { DEFAULT_GEOMETRY, parseSpacingFile } from './spacing-file.ts';

const parse = (content: unknown) => parseSpacingFile(JSON.stringify(content), 'spacing.json');

it('reads spacing, and place and direction where they are given', () => {
  expect(DEFAULT_GEOMETRY).toEqual({ spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] });
  expect(parse({ spacing: [3, 2, 1] })).toEqual({ ...DEFAULT_GEOMETRY, spacing: [3, 2, 1] });
  const all = { spacing: [3, 2, 1], origin: [4, 5, 6], direction: [0, 1, 0, 1, 0, 0, 0, 0, -1] };
  expect(parse({ ...all, more: 1 })).toEqual(all);
});

it.each([
  [null, /contains no JSON object/],
  [7, /contains no JSON object/],
  [{}, /no "spacing" of three positive/],
  [{ spacing: [1, 2, 3, 4] }, /no "spacing" of three positive/],
  [{ spacing: [1, 2, '3'] }, /no "spacing" of three positive/],
  [{ spacing: [1, 2, -3] }, /no "spacing" of three positive/],
  [{ spacing: 1 }, /no "spacing" of three positive/],
  [{ spacing: [1, 2, 3], origin: [1, 2] }, /an "origin" that is not three/],
  [{ spacing: [1, 2, 3], origin: null }, /an "origin" that is not three/],
  [{ spacing: [1, 2, 3], direction: [1, 0, 0, 0, 1, 0, 0, 0] }, /a "direction" that is not nine/],
  [{ spacing: [1, 2, 3], direction: [1, 0, 0, 0, 1, 0, 0, 0, null] }, /a "direction" that is not nine/],
])('refuses %j', (content, message) => {
  expect(() => parse(content)).toThrow(message);
});
