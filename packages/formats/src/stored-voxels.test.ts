import { expect, it } from 'vitest';
import { bytesOfHex, voxelsOf, voxelsOfText } from './stored-voxels.ts';

it('reads numbers of either byte order, wherever their bytes begin', () => {
  const bytes = (...values: number[]) => Uint8Array.from([9, ...values]).subarray(1);
  expect(voxelsOf(bytes(1, 2, 3, 4), 'int16', false)).toEqual(Int16Array.of(0x0201, 0x0403));
  expect(voxelsOf(bytes(1, 2, 3, 4), 'int16', true)).toEqual(Int16Array.of(0x0102, 0x0304));
  expect(voxelsOf(bytes(1, 2, 3, 4), 'uint32', true)).toEqual(Uint32Array.of(0x01020304));
  expect(voxelsOf(bytes(0, 0, 0, 1, 0, 0, 0, 0), 'uint64', false)).toEqual(Float64Array.of(2 ** 24));
});

const text = (words: string, type = 'float32', count = 3) => voxelsOfText(words, type as 'float32', count, 'a');

it('reads numbers in words', () => {
  expect(text('1,2.5  -3e2\n99')).toEqual(Float32Array.of(1, 2.5, -300));
  expect(text(' inf -Infinity NaN ')).toEqual(Float32Array.of(Infinity, -Infinity, NaN));
  expect(text('1 2 3', 'int64')).toEqual(BigInt64Array.of(1n, 2n, 3n));
  expect(text('1 2 1099511627776', 'uint64')).toEqual(Float64Array.of(1, 2, 2 ** 40));
  expect(text('1 2 3', 'uint8')).toEqual(Uint8Array.of(1, 2, 3));
});

it('names a word that is not a number, and too few numbers', () => {
  expect(() => text('1 2')).toThrow(/it holds 2 of 3 numbers/);
  expect(() => text(`1 2 3 ${'x'.repeat(30)}`)).toThrow(`contains "${'x'.repeat(20)}" among its numbers`);
  expect(() => text('x 2 3')).toThrow(/contains "x" among/);
});

it('reads two hexadecimal digits a byte', () => {
  expect(bytesOfHex('0a F\n f 7', 2, 'a')).toEqual(Uint8Array.of(10, 255));
  expect(bytesOfHex('0aff zz', 2, 'a')).toEqual(Uint8Array.of(10, 255));
  expect(() => bytesOfHex('0af', 2, 'a')).toThrow(/it holds 1 of 2 numbers/);
  expect(() => bytesOfHex('0agf', 2, 'a')).toThrow(/it holds 2 of 2 numbers/);
});
