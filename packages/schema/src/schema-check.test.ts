import * as v from 'valibot';
import { expect, describe as group, it } from 'vitest';
import {
  checkSchema,
  count,
  describe,
  finite,
  flag,
  indexed,
  integer,
  listOf,
  numberOrNaN,
  objectBefore,
  positive,
  positiveInteger,
} from './schema-check.ts';

const accepts = (schema: v.GenericSchema, value: unknown) => v.safeParse(schema, value).success;

group('checkSchema', () => {
  const source = { file: 'x.json', tag: 'bad-json', remedy: 'Correct it.' } as const;
  const list = v.array(integer);
  const check = (value: unknown) => () => checkSchema(list, value, source);

  it('returns what fits', () => {
    expect(check([1, 2])()).toEqual([1, 2]);
  });

  it('names up to eight wrong keys, and counts the others', () => {
    expect(check([1, 'a'])).toThrow('x.json: key "1": an integer expected; found "a"\n  Correct it.');
    expect(check(new Array(8).fill('a'))).toThrow(/8 faults\n {2}key "0": [\s\S]*\n {2}key "7": .*\n {2}Correct/);
    expect(check(new Array(10).fill('a'))).toThrow(/10 faults\n[\s\S]*\n {2}key "7": .*\n {2}and 2 more\n {2}Correct/);
    expect(check(3)).toThrow(/key "\(whole file\)": .*; found 3/);
  });
});

group('describe', () => {
  it('cuts what is longer than 80 characters', () => {
    expect([describe(undefined), describe(null), describe(Number.NaN)]).toEqual(['nothing', 'null', 'NaN']);
    expect(describe('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
    expect(describe('x'.repeat(79))).toBe(`"${'x'.repeat(76)}...`);
  });
});

group('numbers', () => {
  it.each([
    ['finite', finite, [-1.5, 0], [Number.NaN, Number.POSITIVE_INFINITY, '1', null]],
    ['positive', positive, [0.001, 1], [0, -1, Number.NaN]],
    ['integer', integer, [-1, 0, 7], [0.5, '1']],
    ['count', count, [0, 1], [-1, 0.5]],
    ['positiveInteger', positiveInteger, [1, 2], [0, -1, 1.5]],
    ['flag', flag, [true, false], [0, 1, null]],
    ['list of three', listOf(count, 3, 'sizes'), [[1, 2, 3]], [[1, 2], [1, 2, 3, 4], [1, 2, -1], 3]],
    ['indexed', indexed(count, 'number'), [{}, { 0: 1, 10: 2 }], [[1], { '01': 1 }, { a: 1 }, { 0: -1 }, null]],
    ['object', objectBefore(v.record(v.string(), count), 'm'), [{ a: 1 }], [[1], null, 3, 'a', undefined]],
  ] as [string, v.GenericSchema, unknown[], unknown[]][])('%s', (_, schema, good, bad) => {
    for (const value of good) expect([value, accepts(schema, value)]).toEqual([value, true]);
    for (const value of bad) expect([value, accepts(schema, value)]).toEqual([value, false]);
  });

  it('reads null as NaN', () => {
    expect([null, 0, 1.5, Number.NaN].map((value) => v.parse(numberOrNaN, value))).toEqual([NaN, 0, 1.5, NaN]);
    expect(accepts(numberOrNaN, '1')).toBe(false);
  });
});
