import { expect, it } from 'vitest';
import { changedKeys } from './changed-keys.ts';

it('finds the keys of other values, in the order of both records', () => {
  const before = { z: 1, list: [1, { a: 2, b: 3 }], gone: 0, a: 'x' };
  expect(changedKeys(before, { a: 'x', more: 5, list: [1, { b: 3, a: 2 }], z: 2 })).toEqual(['z', 'gone', 'more']);
  expect(changedKeys({ list: [1, 2] }, { list: [2, 1] })).toEqual(['list']);
});

it('tells a key that is not there from null, but not from undefined', () => {
  expect(changedKeys({ a: null, b: undefined }, {})).toEqual(['a']);
});
