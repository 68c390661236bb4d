import { expect, it } from 'vitest';
import { PickledArray } from './numpy-array.ts';
import { pickleToJson } from './pickle-to-json.ts';

it.each<[value: unknown, json: unknown]>([
  [null, null],
  [true, true],
  [1.5, 1.5],
  [Number.NaN, Number.NaN],
  [-(2n ** 60n), -(2 ** 60)],
  ['text', 'text'],
  [Object.freeze([1, [2]]), [1, [2]]],
  [new Set([3, 'a']), [3, 'a']],
  [
    new PickledArray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3], 'float64'),
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  [
    new PickledArray(
      Int8Array.from({ length: 8 }, (_, i) => i),
      [2, 2, 2],
      'int8',
    ),
    [
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 7],
      ],
    ],
  ],
  [new PickledArray(Uint8Array.of(1, 0), [2], 'bool'), [true, false]],
  [new PickledArray(BigInt64Array.of(-5n), [1], 'int64'), [-5]],
  [new PickledArray(Float64Array.of(7), [], 'float64'), 7],
  [new PickledArray(new Float64Array(), [2, 0], 'float64'), [[], []]],
  [new PickledArray(new Float64Array(), [0, 2], 'float64'), []],
])('has a form in JSON, case %#', (value, json) => {
  expect(pickleToJson(value)).toEqual(json);
});

it('writes keys as Python prints them', () => {
  const tuple = (...parts: unknown[]) => Object.freeze(parts);
  const keys = ['a', 1, 2n ** 60n, true, false, null, tuple(1, 'x'), tuple('x'), tuple(), tuple(tuple(1), null)];
  const json = pickleToJson(new Map(keys.map((key, i) => [key, i])));
  expect(Object.entries(json as object)).toEqual(
    Object.entries({
      a: 0,
      1: 1,
      '1152921504606846976': 2,
      True: 3,
      False: 4,
      None: 5,
      "(1, 'x')": 6,
      "('x',)": 7,
      '()': 8,
      '((1,), None)': 9,
    }),
  );
});

it('names the place of what has no form', () => {
  const fault = (value: unknown, where?: string) => () => pickleToJson(value, where === undefined ? {} : { where });
  const bytes = new Uint8Array(2);
  expect(fault(bytes)).toThrow(/^the pickle contains bytes, which/);
  expect(fault({ real: 1, imag: 2 })).toThrow('contains a special value, which');
  expect(fault([0, new Map([['a', new Set([1, bytes])]])], 'x.pkl')).toThrow(
    /^x\.pkl: the pickle contains bytes at 1\.a\.1, /,
  );
  // The place of what came before is left again.
  expect(fault([new Map([['a', [1]]]), [2], bytes])).toThrow('contains bytes at 2, ');
  expect(fault(new Map([[Object.freeze([bytes]), 1]]))).toThrow('a key that is neither');
  expect(
    fault(
      new Map<unknown, unknown>([
        [1, 0],
        ['1', 0],
      ]),
    ),
  ).toThrow('two keys "1"');
});

it('makes so many values and no more, each time that they stand there', () => {
  const made = (value: unknown, maxValues: number) => {
    try {
      pickleToJson(value, { maxValues });
      return true;
    } catch (error) {
      expect((error as Error).message).toContain(`more than ${maxValues} values`);
      return false;
    }
  };
  const list = [1, 2];
  const array = new PickledArray(new Float64Array(6), [2, 3], 'float64');
  for (const [value, count] of [
    [5, 1],
    [list, 3],
    [[list, list], 7],
    [new Map([['a', list]]), 4],
    // the array, its rows and the numbers in these
    [array, 1 + 2 + 6],
  ] as const) {
    expect([made(value, count), made(value, count - 1)]).toEqual([true, false]);
  }
  expect(made(new Array(2_000_000 - 1).fill(1), 2_000_000)).toBe(true);
  expect(() => pickleToJson(new Array(2_000_000).fill(1))).toThrow('more than 2000000 values');
});

it('says where a value is nested too deeply', () => {
  let value: unknown = 1;
  for (let i = 0; i < 100_000; i++) value = [value];
  expect(() => pickleToJson(value)).toThrow('is nested too deeply');
});
