import { isNnUNetError } from '@nnunet/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, type Dtype } from './dtype.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import { decodeNpyHeader, encodeNpyHeader } from './npy-header.ts';
import { sizeOf } from './tensor.ts';

/** A .npy file from its head's text and its elements' bytes. */
function file(dict: string, body: Uint8Array, version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + dict.length + body.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, dict.length, true);
  else view.setUint32(8, dict.length, true);
  for (let i = 0; i < dict.length; i++) bytes[start + i] = dict.charCodeAt(i);
  bytes.set(body, start + dict.length);
  return bytes;
}

const dict = (descr: string, order: string, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('decodeNpy', () => {
  it('reads big-endian elements', () => {
    expect([...decodeNpy(file(dict('>i2', 'False', '(2,)'), Uint8Array.of(1, 2, 0xff, 0xfe))).data]).toEqual([258, -2]);
    expect([
      ...decodeNpy(file(dict('>f8', 'False', '(1,)'), Uint8Array.of(0x3f, 0xf8, 0, 0, 0, 0, 0, 0))).data,
    ]).toEqual([1.5]);
  });

  it('turns column-major arrays to row-major', () => {
    const { data, shape } = decodeNpy(
      file(
        dict('|u1', 'True', '(2, 3, 2)'),
        Uint8Array.from({ length: 12 }, (_, i) => i),
      ),
    );
    // element (a, b, c) lies at a + 2b + 6c
    expect([...data]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
    expect(shape).toEqual([2, 3, 2]);
  });

  it('reads half floats as float32 and says so', () => {
    const tensor = decodeNpy(file(dict('<f2', 'False', '(3,)'), Uint8Array.of(0, 0x3c, 0, 0xc0, 1, 0)));
    expect(tensor).toEqual({ data: Float32Array.of(1, -2, 2 ** -24), shape: [3], dtype: 'float16' });
  });

  it('reads a scalar, an empty array, versions 2 and 3, and Python 2 numbers', () => {
    expect(decodeNpy(file(dict('<i4', 'False', '()'), Uint8Array.of(7, 0, 0, 0), 2)).shape).toEqual([]);
    expect(decodeNpy(file(dict('<i4', 'False', '(0, 4)'), new Uint8Array(), 3)).data).toHaveLength(0);
    expect(decodeNpy(file(dict('|i1', 'False', '(2L, 1L)'), Uint8Array.of(255, 1))).shape).toEqual([2, 1]);
  });

  it.each([
    ['an object array', file(dict('|O', 'False', '(1,)'), new Uint8Array(8)), /type \|O/],
    [
      'a record array',
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4)),
      /record/,
    ],
    ['too few bytes', file(dict('<f4', 'False', '(3,)'), new Uint8Array(8)), /cut off/],
    ['too many bytes', file(dict('<f4', 'False', '(1,)'), new Uint8Array(8)), /too long/],
    ['a huge shape', file(dict('<f4', 'False', '(4294967296, 4294967296)'), new Uint8Array(8)), /impossible/],
    ['a head beyond the end', file(dict('<f4', 'False', '(1,)'), new Uint8Array(4)).subarray(0, 30), /within its head/],
    ['another format', new TextEncoder().encode('PK and so on'), /not a \.npy/],
    ['nothing', new Uint8Array(), /too few/],
    [
      'text for a shape',
      file("{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }", new Uint8Array(4)),
      /unreadable header/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes, 'a.npy')).toThrow(message);
    try {
      decodeNpy(bytes, 'a.npy');
    } catch (error) {
      expect(isNnUNetError(error, 'bad-npy') && error.where).toBe('a.npy');
    }
  });
});

describe('encodeNpy', () => {
  it('writes the bytes that numpy.save writes', () => {
    const bytes = encodeNpy({ data: Int16Array.of(1, -1, 2, 300), shape: [2, 2] });
    const text = String.fromCharCode(...bytes.subarray(0, 128));
    expect(text).toBe(
      `${`\x93NUMPY\x01\x00v\x00{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }`.padEnd(127)}\n`,
    );
    expect([...bytes.subarray(128)]).toEqual([1, 0, 255, 255, 2, 0, 44, 1]);
  });

  it('refuses contradictions', () => {
    expect(() => encodeNpy({ data: new Float32Array(3), shape: [2] })).toThrow(/does not fit/);
    expect(() => encodeNpy({ data: new Float64Array(2), shape: [2], dtype: 'float16' })).toThrow(/cannot be stored/);
  });

  it('comes back from decodeNpy for every type and shape', () => {
    const dtypes: Dtype[] = [
      'float16',
      'float32',
      'float64',
      'int8',
      'int16',
      'int32',
      'int64',
      'uint8',
      'uint16',
      'uint32',
      'bool',
    ];
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...dtypes), shapes, fc.integer(), fc.nat(7), (dtype, shape, seed, shift) => {
        const data = allocate(dtype, sizeOf(shape));
        for (let i = 0; i < data.length; i++) {
          const value = dtype === 'bool' ? (seed >> (i % 30)) & 1 : Math.trunc(((seed >> 8) + i * 37) % 128);
          if (data instanceof BigInt64Array) data[i] = BigInt(value) * 2n ** 40n;
          else data[i] = value;
        }
        const bytes = encodeNpy({ data, shape, dtype });
        const moved = new Uint8Array(bytes.length + shift).subarray(shift);
        moved.set(bytes);
        expect(decodeNpy(moved)).toEqual({ data, shape, dtype });
        expect(decodeNpy(Buffer.from(moved.buffer, shift))).toEqual({ data, shape, dtype });
        expect(decodeNpyHeader(bytes).dataOffset % 64).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

it('uses format version 2 for a head beyond 65535 bytes, which readers know', () => {
  const head = encodeNpyHeader(new Array<number>(30000).fill(1), 'float32');
  expect(head[6]).toBe(2);
});
