import { expect, it } from 'vitest';
import { elementBytes, elementsOf, type TorchDtype } from './torch-dtype.ts';

it.each<[dtype: TorchDtype, bytes: number[], value: number | bigint, type: string]>([
  ['float32', [0, 0, 0x20, 0xc0], -2.5, 'Float32Array'],
  ['float64', [0, 0, 0, 0, 0, 0, 4, 0xc0], -2.5, 'Float64Array'],
  ['float16', [0, 0xc1], -2.5, 'Float32Array'],
  ['bfloat16', [0x20, 0xc0], -2.5, 'Float32Array'],
  ['int64', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2n, 'BigInt64Array'],
  ['int32', [0xfe, 0xff, 0xff, 0xff], -2, 'Int32Array'],
  ['int16', [0xfe, 0xff], -2, 'Int16Array'],
  ['int8', [0xfe], -2, 'Int8Array'],
  ['uint8', [0xfe], 254, 'Uint8Array'],
  ['bool', [7], 1, 'Uint8Array'],
])('reads %s of either byte order, wherever the bytes lie', (dtype, bytes, value, type) => {
  expect(elementBytes[dtype]).toBe(bytes.length);
  const zeros = bytes.map(() => 0);
  for (const bigEndian of [false, true]) {
    const own = bigEndian ? [...bytes].reverse() : bytes;
    for (const shift of [0, 1, 8]) {
      const memory = new Uint8Array(shift + 3 * bytes.length);
      memory.set([...own, ...zeros, ...own], shift);
      const elements = elementsOf(memory.subarray(shift), dtype, bigEndian);
      expect(elements.constructor.name).toBe(type);
      expect(Array.from(elements as ArrayLike<number | bigint>)).toEqual([
        value,
        typeof value === 'bigint' ? 0n : 0,
        value,
      ]);
    }
  }
});
