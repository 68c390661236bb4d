import { describe, expect, it } from 'vitest';
import { readPickle } from './read-pickle.ts';
import { PersistentId, PythonGlobal, writePickle } from './write-pickle.ts';

const tuple = (...items: unknown[]) => Object.freeze(items);

describe('a pickle that is written', () => {
  it.each<[what: string, value: unknown]>([
    ['None', null],
    ['bool', [true, false]],
    ['small integers', [0, 1, 255, 256, -1, -128, -129, 65535, 2 ** 31 - 1, -(2 ** 31)]],
    ['large integers', [2 ** 31, -(2 ** 31) - 1, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
    ['integers beyond numbers', [2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n, -(2n ** 2000n), 2n ** 2031n]],
    ['floats', [0.1, -0, 1e300, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY, -5e-324]],
    ['text', ['', 'Größe', '日本', '\u{1f600}', 'a\nb', 'x'.repeat(300)]],
    ['lists and tuples', [[], tuple(), tuple(1), tuple(1, [2, tuple(3, 4)], 5, 6), [[[]]]]],
    [
      'dictionaries',
      new Map<unknown, unknown>([
        ['b', 1],
        [0, [2]],
        ['a', new Map([[null, new Map()]])],
        [tuple(1, 2), true],
      ]),
    ],
  ])('is read as it was: %s', (_, value) => {
    const read = readPickle(writePickle(value));
    // Tuples as keys are compared by identity.
    const plain = (v: unknown) => (v instanceof Map ? [...v] : v);
    expect(plain(read)).toEqual(plain(value));
    if (Array.isArray(value)) expect((read as unknown[]).map(Object.isFrozen)).toEqual(value.map(Object.isFrozen));
  });

  it('has the bytes that Python reads', () => {
    const code = (value: unknown) => Buffer.from(writePickle(value)).toString('latin1');
    // Python: pickletools.dis
    expect(code({ a: [1, -1] })).toBe('\x80\x02}(X\x01\0\0\0a](K\x01J\xff\xff\xff\xffeu.');
    expect(code(tuple(2n ** 31n, 0.5, null))).toBe('\x80\x02(\x8a\x05\0\0\0\x80\0G\x3f\xe0\0\0\0\0\0\0Nt.');
    expect(code(-(2n ** 39n))).toBe('\x80\x02\x8a\x05\0\0\0\0\x80.');
    expect(code(new PythonGlobal('torch', 'FloatStorage'))).toBe('\x80\x02ctorch\nFloatStorage\n.');
  });

  it('calls by name, refers to values outside, and takes objects as dictionaries', () => {
    const pairs = [tuple('x', 1), tuple('y', 2)];
    expect(readPickle(writePickle(new PythonGlobal('collections', 'OrderedDict', [pairs])))).toEqual(
      new Map([
        ['x', 1],
        ['y', 2],
      ]),
    );
    const outside = writePickle([new PersistentId(tuple('storage', 3))]);
    expect(readPickle(outside, { persistentId: (id) => ({ id }) })).toEqual([{ id: ['storage', 3] }]);
    expect(readPickle(writePickle({ b: { c: 1 }, a: 2 }))).toEqual(
      new Map<string, unknown>([
        ['b', new Map([['c', 1]])],
        ['a', 2],
      ]),
    );
  });

  it('has others in place of objects, if asked for', () => {
    const replace = (value: object) => (value instanceof Date ? value.getTime() : undefined);
    expect(readPickle(writePickle([new Date(5), [new Date(6)]], { replace }))).toEqual([5, [6]]);
  });

  it.each([
    [undefined, /undefined/],
    [[() => 1], /function/],
    [{ a: new Date() }, /a Date/],
    [2n ** 2040n, /more than 255 bytes/],
  ])('is refused: %s', (value, message) => {
    expect(() => writePickle(value)).toThrow(message);
  });
});
