import { isNnUNetError } from '@nnunet/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredTensor } from './dtype.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

function raw(head: unknown, body = new Uint8Array(), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof head === 'string' ? head : JSON.stringify(head));
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

describe('safetensors', () => {
  it('comes back with order, types, metadata', () => {
    const tensors = new Map<string, StoredTensor>([
      ['mask', { data: Uint8Array.of(1, 2, 3), shape: [3], dtype: 'uint8' }],
      ['conv.weight', { data: Float32Array.of(1.5, -2, 3, 4), shape: [2, 1, 2], dtype: 'float32' }],
      ['half', { data: Float32Array.of(0.5, 65504), shape: [2], dtype: 'float16' }],
      ['step', { data: BigInt64Array.of(2n ** 60n), shape: [], dtype: 'int64' }],
      ['loss', { data: Float64Array.of(Math.PI), shape: [1], dtype: 'float64' }],
      ['flags', { data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' }],
      ['none', { data: new Int32Array(0), shape: [0, 4], dtype: 'int32' }],
    ]);
    const metadata = { plans: '{"a":1}', name: 'nnUNetTrainerV2 "ü"' };
    const read = decodeSafetensors(encodeSafetensors(tensors, metadata));
    expect([...read.tensors]).toEqual([...tensors]);
    expect(read.metadata).toEqual(metadata);
  });

  it('aligns every tensor', () => {
    const bytes = encodeSafetensors(
      new Map<string, StoredTensor>([
        ['a', { data: Uint8Array.of(1), shape: [1] }],
        ['b', { data: Float64Array.of(2), shape: [1] }],
      ]),
    );
    expect(decodeSafetensors(bytes).tensors.get('b')!.data.buffer).toBe(bytes.buffer);
  });

  it('reads bfloat16', () => {
    const head = { x: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } };
    expect(decodeSafetensors(raw(head, Uint8Array.of(0x80, 0x3f, 0x20, 0xc0))).tensors.get('x')!.data).toEqual(
      Float32Array.of(1, -2.5),
    );
  });

  const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: 'F32', shape, data_offsets });
  it.each([
    ['nothing', new Uint8Array(3), /too few/],
    ['a head beyond the end', raw({}, undefined, 99n), /within its head/],
    ['a huge head', raw({}, undefined, 2n ** 63n), /declares a header/],
    ['no JSON', raw('{"a":'), /not JSON/],
    ['a list', raw('[]'), /not an object/],
    [
      'an unknown type',
      raw({ a: { dtype: 'Q4', shape: [1], data_offsets: [0, 1] } }, new Uint8Array(1)),
      /unknown type Q4/,
    ],
    [
      'a type named like a method',
      raw({ a: { dtype: 'constructor', shape: [], data_offsets: [0, 1] } }, new Uint8Array(1)),
      /unknown type/,
    ],
    ['negative sizes', raw({ a: f32([-1, -1], [0, 4]) }, new Uint8Array(4)), /proper shape/],
    ['text for a shape', raw({ a: f32('4', [0, 4]) }, new Uint8Array(4)), /proper shape/],
    ['offsets beyond the end', raw({ a: f32([2], [0, 8]) }, new Uint8Array(4)), /do not fit/],
    ['backward offsets', raw({ a: f32([1], [8, 4]) }, new Uint8Array(8)), /do not fit/],
    ['overlap', raw({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, new Uint8Array(8)), /overlap/],
    ['a gap', raw({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, new Uint8Array(12)), /gap/],
    ['bytes left over', raw({ a: f32([1], [0, 4]) }, new Uint8Array(8)), /end at/],
    ['metadata that is not text', raw({ __metadata__: { a: 1 } }), /not text/],
    ['a missing entry', raw({ a: null }), /unknown type/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'm.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes, 'm.safetensors')).toThrow(/^m\.safetensors/);
  });

  it('answers any damage with a typed error', () => {
    const good = encodeSafetensors(new Map([['a', { data: new Float32Array(9), shape: [3, 3] }]]), { k: 'v' });
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            decodeSafetensors(bytes);
          } catch (error) {
            refused++;
            expect(isNnUNetError(error, 'bad-safetensors')).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
    // Of 150 bytes, 36 are the numbers, which may be any.
    expect(refused).toBeGreaterThan(500);
  });
});
