import { describe, expect, it } from 'vitest';
import type { PickledArray } from './numpy-array.ts';
import { readPickle } from './read-pickle.ts';

/** Instructions as text, one character a byte, behind the head of protocol 4. */
const pickle = (code: string) => Uint8Array.from(`\x80\x04${code}.`, (c) => c.charCodeAt(0));
const read = (code: string, persistentId?: (id: unknown) => unknown) =>
  readPickle(pickle(code), persistentId === undefined ? {} : { persistentId });
const u32 = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
const u64 = (n: number) => u32(n) + u32(0);
const short = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`;
const bytes = (...list: number[]) => `C${String.fromCharCode(list.length, ...list)}`;
const tuple = Object.freeze;

/** The instructions of Python's pickletools, by the bytes that it lists. */
describe('each instruction', () => {
  it.each<[name: string, code: string, value: unknown]>([
    ['NONE', 'N', null],
    ['NEWTRUE', '\x88', true],
    ['NEWFALSE', '\x89', false],
    ['BININT', 'J\xfe\xff\xff\xff', -2],
    ['BININT1', 'K\xfe', 254],
    ['BININT2', 'M\x01\x02', 513],
    ['LONG1', '\x8a\x02\x00\xff', -256],
    ['LONG1 of no bytes', '\x8a\x00', 0],
    ['LONG1 of 127', '\x8a\x01\x7f', 127],
    ['LONG1 of -128', '\x8a\x01\x80', -128],
    ['LONG1 of 2^53 - 1', '\x8a\x07\xff\xff\xff\xff\xff\xff\x1f', 2 ** 53 - 1],
    ['LONG1 of 2^53', '\x8a\x07\x00\x00\x00\x00\x00\x00\x20', 2n ** 53n],
    ['LONG4', `\x8b${u32(2)}\x01\x02`, 513],
    ['BINFLOAT', 'G\xbf\xf8\0\0\0\0\0\0', -1.5],
    ['SHORT_BINUNICODE', short('ab'), 'ab'],
    ['BINUNICODE', `X${u32(2)}ab`, 'ab'],
    ['BINUNICODE8', `\x8d${u64(2)}ab`, 'ab'],
    ['SHORT_BINSTRING', 'U\x02a\x7f', 'a\x7f'],
    ['BINSTRING', `T${u32(2)}ab`, 'ab'],
    ['SHORT_BINBYTES', 'C\x02a\xff', Uint8Array.of(97, 255)],
    ['BINBYTES', `B${u32(2)}a\xff`, Uint8Array.of(97, 255)],
    ['BINBYTES8', `\x8e${u64(2)}a\xff`, Uint8Array.of(97, 255)],
    ['BYTEARRAY8', `\x96${u64(2)}a\xff`, Uint8Array.of(97, 255)],
    ['EMPTY_LIST', ']', []],
    ['EMPTY_TUPLE', ')', tuple([])],
    ['EMPTY_DICT', '}', new Map()],
    ['EMPTY_SET', '\x8f', new Set()],
    ['TUPLE1', 'K\x01\x85', tuple([1])],
    ['TUPLE2', 'K\x01K\x02\x86', tuple([1, 2])],
    ['TUPLE3', 'K\x01K\x02K\x03\x87', tuple([1, 2, 3])],
    ['TUPLE', '(K\x01K\x02K\x03K\x04t', tuple([1, 2, 3, 4])],
    ['LIST', '(K\x01K\x02l', [1, 2]],
    [
      'DICT',
      '(K\x01K\x02K\x03K\x04d',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['FROZENSET', '(K\x01K\x02\x91', new Set([1, 2])],
    ['APPEND', ']K\x01aK\x02a', [1, 2]],
    ['APPENDS', ']K\x01a(K\x02K\x03e', [1, 2, 3]],
    ['SETITEM', '}K\x01K\x02s', new Map([[1, 2]])],
    [
      'SETITEMS',
      '}(K\x01K\x02K\x03K\x04u',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['ADDITEMS', '\x8f(K\x01\x90(K\x02K\x03\x90', new Set([1, 2, 3])],
    ['POP', 'K\x01K\x020', 1],
    ['POP of a mark', 'K\x01(0', 1],
    ['POP_MARK', 'K\x01(K\x02K\x031', 1],
    ['DUP', 'K\x012\x86', tuple([1, 1])],
    ['BINPUT and BINGET', '(K\x05q\xf0h\xf0t', tuple([5, 5])],
    ['LONG_BINPUT and LONG_BINGET', `(K\x05r${u32(300)}K\x06j${u32(300)}t`, tuple([5, 6, 5])],
    ['MEMOIZE', '(K\x05\x94K\x06\x94h\x01h\x00t', tuple([5, 6, 6, 5])],
    ['FRAME', `\x95${u64(2)}N`, null],
    ['PROTO', '\x80\x02N', null],
    ['GLOBAL and REDUCE', 'cbuiltins\nset\n)R', new Set()],
    ['STACK_GLOBAL', `${short('builtins')}${short('set')}\x93)R`, new Set()],
    ['NEWOBJ', 'cbuiltins\nset\n)\x81', new Set()],
    ['BUILD', 'ccollections\nOrderedDict\n)R}b', new Map()],
  ])('%s', (_, code, value) => {
    const found = read(code);
    expect(found).toEqual(value);
    if (Array.isArray(value)) expect(Object.isFrozen(found)).toBe(Object.isFrozen(value));
  });

  it('BINPERSID', () => {
    expect(read('K\x07Q', (id) => [id, 'x'])).toEqual([7, 'x']);
  });

  it.each([
    ['a protocol of 1', '\x80\x01N', /protocol 1; 2 to 5 are read/],
    ['a Python 2 string that is not ASCII', 'U\x01\x80', /not ASCII/],
    ['a mark that is missing', 'K\x01t', /mark is missing/],
    ['a mark that is left', 'K\x01(', /not end with exactly one value/],
    ['a name that is not a string', 'K\x01K\x02\x93', /name that is not a string/],
    ['a name without its end', 'cbuiltins', /ends with a line break expected/],
    ['a module of 1025 letters', `c${'a'.repeat(1025)}\nset\n`, /1025 bytes; at most 1024/],
    ['a name of 1025 letters', `cbuiltins\n${'a'.repeat(1025)}\n`, /1025 bytes; at most 1024/],
    ['members added to a list', '](K\x01\x90', /set expected/],
    ['an item set in a list', ']K\x01K\x02s', /dictionary expected/],
  ])('is refused: %s', (_, code, message) => {
    expect(() => read(code)).toThrow(message);
  });
});

describe("names of Python's library", () => {
  const call = (name: string, ...args: string[]) => `c${name.replace(/\.(?=\w+$)/, '\n')}\n(${args.join('')}tR`;

  it.each<[code: string, value: unknown]>([
    [call('collections.OrderedDict'), new Map()],
    [call('collections.OrderedDict', ']K\x01K\x02\x86a'), new Map([[1, 2]])],
    ...['builtins', '__builtin__'].flatMap((module): [string, unknown][] => [
      [call(`${module}.set`, ']K\x01a'), new Set([1])],
      [call(`${module}.frozenset`), new Set()],
      [call(`${module}.complex`, 'G\x3f\xf8\0\0\0\0\0\0', 'K\x02'), { real: 1.5, imag: 2 }],
      [call(`${module}.bytes`), new Uint8Array()],
      [call(`${module}.bytearray`, bytes(1, 255)), Uint8Array.of(1, 255)],
      [call(`${module}.bytearray`, short('a\xc3\xbf'), short('latin-1')), Uint8Array.of(97, 255)],
    ]),
    [call('_codecs.encode', short('a\xc3\xbf'), short('latin1')), Uint8Array.of(97, 255)],
    ...['pathlib', 'pathlib._local'].flatMap((module): [string, unknown][] => [
      [call(`${module}.PosixPath`, short('/'), short('data'), short('x')), '/data/x'],
      [call(`${module}.PurePosixPath`, short('data'), short('x')), 'data/x'],
      [call(`${module}.Path`), '.'],
      [call(`${module}.WindowsPath`, short('C:\\'), short('data'), short('x')), 'C:\\data\\x'],
      [call(`${module}.PureWindowsPath`, short('data'), short('x')), 'data\\x'],
    ]),
  ])('%j', (code, value) => {
    expect(read(code)).toEqual(value);
  });

  it.each([
    [call('collections.OrderedDict', ']', ']'), /0 to 1 arguments expected, found 2/],
    [call('collections.OrderedDict', '}'), /a list expected as argument/],
    [call('collections.OrderedDict', ']K\x01\x85a'), /pairs of key and value/],
    [call('collections.OrderedDict', ']K\x01a'), /pairs of key and value/],
    [call('builtins.set', ']', ']'), /0 to 1 arguments expected, found 2/],
    [call('builtins.complex', 'K\x01'), /2 arguments expected, found 1/],
    [call('builtins.complex', 'K\x01', 'N'), /no numbers/],
    [call('builtins.complex', 'N', 'K\x01'), /no numbers/],
    [call('builtins.bytes', 'K\x01'), /bytes of something else/],
    [call('builtins.bytes', 'N', 'N', 'N'), /0 to 2 arguments expected, found 3/],
    [call('_codecs.encode', short('a')), /2 arguments expected, found 1/],
    [call('_codecs.encode', short('a'), short('utf-8')), /otherwise than as latin1/],
    [call('_codecs.encode', 'N', short('latin1')), /otherwise than as latin1/],
    [call('_codecs.encode', short('\xc4\x80'), short('latin1')), /not latin1/],
    [call('pathlib.Path', 'K\x01'), /no text/],
  ])('refuses %j', (code, message) => {
    expect(() => read(code)).toThrow(message);
  });
});

describe('NumPy elements', () => {
  const dtype = (code: string, order?: string) =>
    `cnumpy\ndtype\n${short(code)}\x89\x88\x87R${order === undefined ? '' : `(K\x03${short(order)}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`}`;
  const scalar = (type: string, content: string) => `cnumpy.core.multiarray\nscalar\n${type}${content}\x86R`;

  it.each<[code: string, content: number[], value: unknown, type: string]>([
    ['b1', [2], true, 'bool'],
    ['i1', [0xfe], -2, 'int8'],
    ['u1', [0xfe], 254, 'uint8'],
    ['i2', [0xfe, 0xff], -2, 'int16'],
    ['u2', [0xfe, 0xff], 65534, 'uint16'],
    ['i4', [0xfe, 0xff, 0xff, 0xff], -2, 'int32'],
    ['u4', [0xfe, 0xff, 0xff, 0xff], 2 ** 32 - 2, 'uint32'],
    ['i8', [1, 0, 0, 0, 0, 0, 0, 0x80], -(2n ** 63n) + 1n, 'int64'],
    ['u8', [1, 0, 0, 0, 0, 0, 0, 0x80], 2n ** 63n + 1n, 'uint64'],
    ['f2', [0, 0xc1], -2.5, 'float16'],
    ['f4', [0, 0, 0x20, 0xc0], -2.5, 'float32'],
    ['f8', [0, 0, 0, 0, 0, 0, 4, 0xc0], -2.5, 'float64'],
  ])('of type %s, in either byte order, alone and in arrays', (code, content, value, type) => {
    const big = [...content].reverse();
    for (const [order, own] of [
      ['<', content],
      ['>', big],
      ['|', content],
      ['=', content],
    ] as const) {
      expect(read(scalar(dtype(code, order), bytes(...own)))).toBe(value);
      const buffer = `cnumpy.core.numeric\n_frombuffer\n(${bytes(...own, ...own)}${dtype(code, order)}K\x02\x85${short('C')}tR`;
      const array = read(buffer) as PickledArray;
      expect([array.dtype, array.shape]).toEqual([type, [2]]);
      expect(Array.from(array.data as ArrayLike<number | bigint>, (v) => (code === 'b1' ? v === 1 : v))).toEqual([
        ...(code.endsWith('8') && code !== 'f8' ? [BigInt(value as bigint), BigInt(value as bigint)] : [value, value]),
      ]);
    }
    expect(read(scalar(dtype(`>${code}`), bytes(...big)))).toBe(value);
  });

  it('of complex numbers, texts, bytes and objects', () => {
    const f4 = [0, 0, 0x20, 0xc0, 0, 0, 0x80, 0x3f];
    expect(read(scalar(dtype('c8', '<'), bytes(...f4)))).toEqual({ real: -2.5, imag: 1 });
    const f8 = [0, 0, 0, 0, 0, 0, 4, 0xc0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    expect(read(scalar(dtype('c16', '<'), bytes(...f8)))).toEqual({ real: -2.5, imag: 1 });
    expect(read(scalar(dtype('c16', '>'), bytes(...f8.slice(0, 8).reverse(), ...f8.slice(8).reverse())))).toEqual({
      real: -2.5,
      imag: 1,
    });
    const text = [97, 0, 0, 0, 0, 0, 0, 0, 0, 0xf6, 1, 0, 0, 0, 0, 0];
    expect(read(scalar(dtype('U4', '<'), bytes(...text)))).toBe('a\0\u{1f600}');
    expect(read(scalar(dtype('S4', '|'), bytes(97, 0, 98, 0)))).toEqual(Uint8Array.of(97, 0, 98));
    expect(read(scalar(dtype('O8', '|'), 'K\x07'))).toBe(7);
    const beyond = bytes(0, 0, 0x11, 0);
    expect(() => read(scalar(dtype('U1', '<'), beyond))).toThrow(/impossible character/);
    expect(read(scalar(dtype('U1', '<'), bytes(0xff, 0xff, 0x10, 0)))).toBe('\u{10ffff}');
  });

  const fromBuffer = (content: string, type: string, shape: string, order = 'C') =>
    `cnumpy.core.numeric\n_frombuffer\n(${content}${type}${shape}${short(order)}tR`;

  it('of column-major arrays come in rows', () => {
    // element (a, b, c) lies at a + 2b + 6c
    const content = bytes(...Array.from({ length: 12 }, (_, i) => i));
    const array = read(fromBuffer(content, dtype('u1', '|'), 'K\x02K\x03K\x02\x87', 'F')) as PickledArray;
    expect([...(array.data as Uint8Array)]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
    expect(array.shape).toEqual([2, 3, 2]);
    const rows = read(fromBuffer(content, dtype('u1', '|'), 'K\x02K\x03K\x02\x87')) as PickledArray;
    expect([...(rows.data as Uint8Array)]).toEqual([...Array(12).keys()]);
    const texts = read(fromBuffer(bytes(97, 98, 99, 100, 101, 102), dtype('S1', '|'), 'K\x02K\x03\x86', 'F'));
    const letters = (texts as Uint8Array[][]).map((row) => row.map(([code]) => String.fromCharCode(code!)).join(''));
    expect(letters).toEqual(['ace', 'bdf']);
  });

  it.each([
    ['without a dtype', fromBuffer(bytes(1), 'N', 'K\x01\x85'), /without a dtype/],
    ['of another order', fromBuffer(bytes(1), dtype('u1'), 'K\x01\x85', 'A'), /unknown order/],
    ['of too few bytes', fromBuffer(bytes(1), dtype('u1'), 'K\x02\x85'), /without its 2 bytes/],
    ['without bytes', fromBuffer('N', dtype('u1'), 'K\x02\x85'), /without its 2 bytes/],
    ['without a shape', fromBuffer(bytes(1), dtype('u1'), 'N'), /without a shape/],
    ['of a negative shape', fromBuffer(bytes(1), dtype('u1'), 'J\xff\xff\xff\xff\x85'), /impossible shape/],
    ['of 65 axes', fromBuffer(bytes(1), dtype('u1'), `(${'K\x01'.repeat(65)}t`), /without a shape/],
    ['of a scalar without its bytes', scalar(dtype('u2'), bytes(1)), /without its 2 bytes/],
    ['of a scalar without a dtype', scalar('N', bytes(1)), /scalar without a dtype/],
    [
      'of records',
      `${dtype('u1')}(K\x03${short('|')}N(${short('a')}tNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`,
      /records/,
    ],
    ['of no byte order', dtype('u1', '!'), /no byte order/],
    ['of a damaged state', `${dtype('u1')}(K\x03${short('|')}NNtb`, /damaged state/],
    ['of a type that is not text', 'cnumpy\ndtype\nK\x01\x89\x88\x87R', /not a type code/],
    ['of a type of 10 digits', dtype('U1234567890'), /not a type code/],
    ['of texts beyond a megabyte', dtype('U262145'), /which are not supported/],
    ['of bytes beyond a megabyte', dtype('S1048577'), /which are not supported/],
    ['of complex numbers of 4 bytes', dtype('c4'), /which are not supported/],
    ['of bits', dtype('b2'), /which are not supported/],
  ])('are refused: %s', (_, code, message) => {
    expect(() => read(code)).toThrow(message);
  });

  it('may have 64 axes, and texts of a megabyte', () => {
    expect((read(fromBuffer(bytes(7), dtype('u1'), `(${'K\x01'.repeat(64)}t`)) as PickledArray).shape).toHaveLength(64);
    for (const code of ['U262144', 'S1048576']) {
      expect(() => read(scalar(dtype(code), bytes(1)))).toThrow(/without its 1048576 bytes/);
    }
  });
});
