import { describe, expect, it } from 'vitest';
import { allocate, bytesOf, type Dtype, dtypeOf, fits } from './dtype.ts';
import { ElementSink, elementPieces, elementsFromBytes, storedDtype } from './elements.ts';
import { encodeNpy, NpySink } from './npy.ts';
import { decodeNpyHeader, encodeNpyHeader } from './npy-header.ts';
import { sizeOf, stridesOf } from './tensor.ts';

/** The number 2 (bool: true) of each type, little endian. */
const two: [dtype: Dtype, bytes: number[], array: string][] = [
  ['float16', [0, 0x40], 'Float32Array'],
  ['float32', [0, 0, 0, 0x40], 'Float32Array'],
  ['float64', [0, 0, 0, 0, 0, 0, 0, 0x40], 'Float64Array'],
  ['int8', [2], 'Int8Array'],
  ['int16', [2, 0], 'Int16Array'],
  ['int32', [2, 0, 0, 0], 'Int32Array'],
  ['int64', [2, 0, 0, 0, 0, 0, 0, 0], 'BigInt64Array'],
  ['uint8', [2], 'Uint8Array'],
  ['uint16', [2, 0], 'Uint16Array'],
  ['uint32', [2, 0, 0, 0], 'Uint32Array'],
  ['bool', [2], 'Uint8Array'],
];

describe.each(two)('%s', (dtype, bytes, array) => {
  const value = dtype === 'bool' ? 1 : dtype === 'int64' ? 2n : 2;
  const zero = dtype === 'int64' ? 0n : 0;

  it('has its width and array', () => {
    expect(bytesOf[dtype]).toBe(bytes.length);
    const data = allocate(dtype, 3);
    expect([data.constructor.name, data.length]).toEqual([array, 3]);
    expect(fits(data, dtype)).toBe(true);
    expect(dtypeOf(data)).toBe(dtype === 'float16' ? 'float32' : dtype === 'bool' ? 'uint8' : dtype);
    expect(fits(new Int16Array(1), dtype)).toBe(dtype === 'int16');
  });

  it('is read in either byte order, from any place, whole and in pieces of any length', () => {
    for (const bigEndian of [false, true]) {
      const own = bigEndian ? [...bytes].reverse() : bytes;
      const all = [...own, ...bytes.map(() => 0), ...own];
      for (const shift of [0, 1, 8]) {
        const memory = new Uint8Array(shift + all.length);
        memory.set(all, shift);
        const found = elementsFromBytes(memory.subarray(shift), dtype, bigEndian);
        expect([found.constructor.name, ...(found as Iterable<number | bigint>)]).toEqual([array, value, zero, value]);
      }
      for (const length of [1, 3, 5, 7, all.length]) {
        const sink = new ElementSink({ dtype, bigEndian }, 3);
        for (let at = 0; at < all.length; at += length) sink.add(Uint8Array.from(all.slice(at, at + length)));
        expect([...(sink.data as Iterable<number | bigint>)]).toEqual([value, zero, value]);
        expect(() => sink.add(Uint8Array.from(own))).toThrow(RangeError);
      }
    }
  });

  it('is written little endian', () => {
    const data = elementsFromBytes(Uint8Array.from(bytes), dtype);
    const written = [...elementPieces(data, dtype)].flatMap((piece) => [...piece]);
    expect(written).toEqual(dtype === 'bool' ? [1] : bytes);
    expect(storedDtype({ data, shape: [1], dtype })).toBe(dtype);
  });
});

it('takes the type of the array where none is said, and refuses others', () => {
  expect(storedDtype({ data: new Uint16Array(6), shape: [2, 3] })).toBe('uint16');
  expect(() => storedDtype({ data: new Uint16Array(6), shape: [2, 2] })).toThrow(
    'shape (2, 2) does not fit 6 elements',
  );
  expect(() => storedDtype({ data: new Uint16Array(6), shape: [6], dtype: 'int16' })).toThrow(
    'uint16 cannot be stored',
  );
  expect(() => dtypeOf(new Uint8ClampedArray(1) as never)).toThrow('not a supported typed array');
});

it('cuts large arrays into pieces of 2^23 elements', () => {
  const lengths = (n: number) => [...elementPieces(new Uint8Array(n), 'uint8')].map((piece) => piece.length);
  expect([lengths(0), lengths(2 ** 23), lengths(2 ** 23 + 1)]).toEqual([[], [2 ** 23], [2 ** 23, 1]]);
});

it('counts elements and steps of shapes', () => {
  expect([sizeOf([]), sizeOf([3]), sizeOf([2, 3, 4]), sizeOf([2, 0])]).toEqual([1, 3, 24, 0]);
  expect([stridesOf([]), stridesOf([7]), stridesOf([2, 3, 4])]).toEqual([[], [1], [12, 4, 1]]);
});

describe('the head of a .npy file', () => {
  const head = (text: string, version = 1, length = text.length) => {
    const start = version === 1 ? 10 : 12;
    const bytes = new Uint8Array(start + text.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
    const view = new DataView(bytes.buffer);
    if (version === 1) view.setUint16(8, length, true);
    else view.setUint32(8, length, true);
    bytes.set(new TextEncoder().encode(text), start);
    return bytes;
  };
  const of = (shape: string, descr = '<f4') => `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;

  it.each([1, 2, 3])('is read in version %i, with where its elements are', (version) => {
    const text = of('(2, 3)');
    expect(decodeNpyHeader(head(text, version))).toEqual({
      shape: [2, 3],
      dtype: 'float32',
      fortranOrder: false,
      bigEndian: false,
      dataOffset: (version === 1 ? 10 : 12) + text.length,
      dataBytes: 24,
    });
  });

  it.each<[what: string, bytes: Uint8Array, message: RegExp]>([
    ['version 0', head(of('(1,)'), 0), /format version 0/],
    ['version 4', head(of('(1,)'), 4), /format version 4/],
    ['nine bytes', head('').subarray(0, 9), /has 9 bytes, too few/],
    ['eleven bytes of version 2', head('', 2).subarray(0, 11), /ends within its header$/m],
    ['a head that is one byte longer', head(of('(1,)'), 1, of('(1,)').length + 1), /ends within its header of/],
    ['33 axes', head(of(`(${'1, '.repeat(33)})`)), /impossible shape/],
    ['2^53 bytes', head(of(`(${2 ** 51},)`)), /impossible shape/],
    ['no order', head("{'descr': '<f4', 'shape': (1,), }"), /unreadable header/],
    ['no dictionary', head(`x${of('(1,)')}`), /unreadable header/],
    ['a type of another width', head(of('(1,)', '<f3')), /elements of type <f3/],
  ])('is refused: %s', (_, bytes, message) => {
    expect(() => decodeNpyHeader(bytes)).toThrow(message);
  });

  it('may have 32 axes', () => {
    expect(decodeNpyHeader(head(of(`(${'1, '.repeat(32)})`))).shape).toHaveLength(32);
    expect(decodeNpyHeader(head(of('()'))).dataBytes).toBe(4);
    expect(decodeNpyHeader(head(of('(1,)', '|u1'))).dataBytes).toBe(1);
  });

  it('is written as NumPy writes it', () => {
    const text = (shape: number[], dtype: Dtype) => String.fromCharCode(...encodeNpyHeader(shape, dtype));
    expect(text([], 'bool')).toBe(
      `\x93NUMPY\x01\x00\x76\x00${"{'descr': '|b1', 'fortran_order': False, 'shape': (), }".padEnd(117)}\n`,
    );
    expect(text([5], 'float64')).toContain("'descr': '<f8', 'fortran_order': False, 'shape': (5,), }");
    expect(text([5, 6], 'int8')).toContain("'descr': '|i1', 'fortran_order': False, 'shape': (5, 6), }");
    // Of version 1 as long as its length, padded, fits two bytes.
    const versions = [21_800, 21_810, 21_820, 21_824, 21_830].map((n) => {
      const bytes = encodeNpyHeader(new Array<number>(n).fill(1), 'float32');
      const start = bytes[6] === 1 ? 10 : 12;
      expect([bytes.length % 64, bytes.at(-1), decodeNpyLength(bytes, start)]).toEqual([0, 10, bytes.length - start]);
      return bytes[6];
    });
    expect(new Set(versions)).toEqual(new Set([1, 2]));
  });

  function decodeNpyLength(bytes: Uint8Array, start: number): number {
    const view = new DataView(bytes.buffer);
    return start === 10 ? view.getUint16(8, true) : view.getUint32(8, true);
  }
});

it('reads a .npy file in pieces of any length, column-major ones too', () => {
  const bytes = encodeNpy({ data: Uint8Array.from({ length: 5000 }, (_, i) => i), shape: [50, 100] });
  const columns = bytes.slice();
  columns.set(
    new TextEncoder().encode("True, 'shape': (50, 100), } "),
    new TextDecoder('latin1').decode(bytes).indexOf('False'),
  );
  for (const length of [1, 127, 128, 4095, 4096, 4097, 9000]) {
    const read = (file: Uint8Array) => {
      const sink = new NpySink(file.length, 'a.npy');
      for (let at = 0; at < file.length; at += length) sink.add(file.subarray(at, at + length));
      return sink.finish();
    };
    const { data, shape, dtype } = read(bytes);
    expect([shape, dtype]).toEqual([[50, 100], 'uint8']);
    expect([data[0], data[101], data[4999]]).toEqual([0, 101, 4999 & 255]);
    // element (1, 1) of columns lies at 1 + 50
    expect(read(columns).data[101]).toBe(51);
  }
  const sinkOf = (size: number) => () => new NpySink(size, 'a.npy').add(bytes);
  expect(sinkOf(bytes.length - 1)).toThrow('it is cut off');
  expect(sinkOf(bytes.length + 1)).toThrow('it is too long');
  expect(() => new NpySink(0, 'a.npy').finish()).toThrow('too few');
});
