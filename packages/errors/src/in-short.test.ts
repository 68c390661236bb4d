import { expect, it } from 'vitest';
import { inShort } from './in-short.ts';
import { messageOf } from './message-of.ts';

it('describes any value in at most 80 characters', () => {
  expect([{ a: [1, 'b'] }, Number.NaN, undefined, null, 'x'].map(inShort)).toEqual([
    '{"a":[1,"b"]}',
    'NaN',
    'undefined',
    'null',
    '"x"',
  ]);
  expect(inShort('x'.repeat(100))).toBe(`"${'x'.repeat(79)}`);
  const endless: unknown[] = [];
  endless.push(endless);
  expect(inShort(endless)).toBe('lists in lists without end');
});

it('finds the message of whatever was thrown', () => {
  expect([new RangeError('too far'), 'a text', null].map(messageOf)).toEqual(['too far', 'a text', 'null']);
});
