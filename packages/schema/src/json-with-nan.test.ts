import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJson, parseJsonWithNaN, parseOrderedJson } from './json-with-nan.ts';

describe('parseJsonWithNaN', () => {
  it('reads bare NaN and infinities as Python writes them', () => {
    expect(parseJsonWithNaN('{"a": [NaN, -Infinity, Infinity, 1e-3], "NaN": "NaN", "b": null}')).toEqual({
      a: [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0.001],
      NaN: 'NaN',
      b: null,
    });
  });

  it('refuses lists inside one another without end, wherever they stand', () => {
    const deep = (n: number) => '['.repeat(n) + ']'.repeat(n);
    expect(parseJsonWithNaN(`{"a": ${deep(90)}, "b": "${'['.repeat(500)}\\"["}`)).toHaveProperty('b');
    for (const parse of [parseJsonWithNaN, parseOrderedJson]) {
      for (const text of [`{\n"a": ${deep(5000)}}`, `{\n"a": ${'['.repeat(1e6)}`])
        expect(() => parse(text, 'plans.json')).toThrow(
          /plans\.json: not valid JSON at line 2, column 105: more than 100/,
        );
    }
  });

  it('takes a hundred lists and objects inside one another, and any number beside each other', () => {
    const nested = (n: number) => `${'[{"a":'.repeat(n / 2)}0${'}]'.repeat(n / 2)}`;
    const beside = `[${new Array(150).fill('[]').join()}, ${new Array(150).fill('{}').join()}]`;
    const quoted = JSON.stringify(['\\', '[{"'.repeat(60), `"${'[{'.repeat(60)}`]);
    for (const parse of [parseJsonWithNaN, (text: string) => parseOrderedJson(text).value]) {
      for (const text of [nested(100), beside, quoted]) expect(parse(text)).toEqual(JSON.parse(text));
      expect(() => parse(nested(102))).toThrow(/more than 100/);
    }
  });

  it('passes over space anywhere, and over a byte order mark', () => {
    const text = '\ufeff { "a" : [ 1 , [ ] , { } ] ,\t"b" : \n[ ]\r\n } ';
    for (const parse of [parseJsonWithNaN, (text: string) => parseOrderedJson(text).value])
      expect(parse(text)).toEqual({ a: [1, [], {}], b: [] });
  });

  it('gives plain objects', () => {
    const { value, keysOf } = parseOrderedJson('{"b": 1, "a": 2}');
    expect([value, keysOf(value as object), keysOf({ z: 0 })]).toEqual([{ a: 2, b: 1 }, ['b', 'a'], ['z']]);
    const own = value as Record<string, number>;
    own.a = 5;
    delete own.b;
    expect(own).toEqual({ a: 5 });
  });

  it('agrees with JSON.parse on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseOrderedJson(text).value).toEqual(JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the order of integer keys aside', () => {
    const { value, keysOf } = parseOrderedJson('{"2": {"10": 0, "9": 0}, "0": 1, "1": 2}');
    expect(keysOf(value as object)).toEqual(['2', '0', '1']);
    expect(keysOf((value as Record<string, object>)['2']!)).toEqual(['10', '9']);
  });

  it('keeps a key "__proto__" a plain key', () => {
    const value = parseOrderedJson('{"__proto__": {"polluted": true}, "x": NaN}').value as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__', 'x']);
  });

  it.each([
    ['{"a": 1,}', 'line 1, column 9: a key in double quotes expected'],
    ['[1\n 2]', "line 2, column 2: ',' or ']' expected"],
    ['{"a" 1}', "':' expected"],
    ['[01]', "',' or ']' expected"],
    ['["a\nb"]', 'a string with valid escapes'],
    ['', 'a value expected, found the end of the file'],
    ['{} x', 'the end expected'],
    ['[nul]', 'a value expected'],
    ['[1 234567890123456]', 'found "234567890123"'],
    ['[1', "line 1, column 3: ',' or ']' expected, found the end of the file"],
    ['{"a": 1 "b": 2}', "',' or '}' expected"],
    ['{a: 1}', 'a key in double quotes expected'],
    ['["\\x"]', 'line 1, column 2: a string with valid escapes'],
  ])('names the place of the fault in %j', (text, message) => {
    expect(() => parseJsonWithNaN(text, 'some.json')).toThrow(message);
    expect(() => parseJsonWithNaN(text, 'some.json')).toThrow('some.json');
  });
});

describe('formatJson', () => {
  it('gives the same text whatever the order of the keys', () => {
    const a = formatJson({ b: 1, 10: 'x', 9: { z: [1, 2], y: true } });
    expect(a).toBe(formatJson({ 9: { y: true, z: [1, 2] }, b: 1, 10: 'x' }));
    expect(a.indexOf('"9"')).toBeLessThan(a.indexOf('"10"'));
  });

  it('writes NaN as null and leaves undefined out', () => {
    expect(formatJson({ a: Number.NaN, b: undefined, c: Float32Array.of(1.5, Number.NaN) })).toBe(
      '{\n "a": null,\n "c": [1.5, null]\n}\n',
    );
  });

  it('keeps lists of plain values on one line up to 110 characters, below the first level', () => {
    const list = (n: number) => [`${'x'.repeat(n)}`, 1];
    // one space, "a": is not counted, ["…", 1]
    const short = list(110 - 1 - 7);
    expect(formatJson({ a: short })).toBe(`{\n "a": ${JSON.stringify(short).replace(',', ', ')}\n}\n`);
    expect(formatJson({ a: list(110 - 7) })).toBe(`{\n "a": [\n  "${'x'.repeat(103)}",\n  1\n ]\n}\n`);
    expect(formatJson([1, -0])).toBe('[\n 1,\n -0.0\n]\n');
    expect([formatJson([]), formatJson({}), formatJson(undefined)]).toEqual(['[]\n', '{}\n', 'null\n']);
    const long = ['x'.repeat(120), 'y'];
    expect(formatJson({ a: [long] })).toBe(`{\n "a": [\n  [\n   "${long[0]}",\n   "y"\n  ]\n ]\n}\n`);
  });

  it('sorts integers by value, however large, before other keys', () => {
    const text = formatJson({ b: 0, 40000000000: 0, a: 0, 5000000000: 0, 7: 0, '01': 0, ['1'.padEnd(17, '0')]: 0 });
    expect(text.match(/"\w+"/g)).toEqual(['"7"', '"5000000000"', '"40000000000"', '"01"', '"10000000000000000"', '"a"', '"b"']); // biome-ignore format: a list
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(formatJson(plain))).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });
});

it('refuses a key that stands twice, where its order counts', () => {
  expect(() =>
    parseOrderedJson('{"labels": {"0": "background",\n "1": "liver", "1": "spleen"}}', 'dataset.json'),
  ).toThrow(/dataset\.json: not valid JSON at line 2, column 16: the key "1" occurs twice/);
  expect(parseOrderedJson('{"a": {"b": 1}, "c": {"b": 2}}').value).toEqual({ a: { b: 1 }, c: { b: 2 } });
});
