import type { TypedArray } from '@nnunet/tensor';
import { badImage } from './bad-image.ts';

const types = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** How a number is stored. */
export type StoredType = keyof typeof types;

/** Bytes of a number. */
export function widthOf(type: StoredType): number {
  return types[type].BYTES_PER_ELEMENT;
}

/**
 * Numbers from their bytes, which become the array's own where that is possible; uint64 comes as float64, which no other
 * type of array holds.
 */
export function voxelsOf(bytes: Uint8Array, type: StoredType, bigEndian: boolean): TypedArray {
  const width = widthOf(type);
  const own = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (bigEndian) swap(own, width);
  const data = new types[type](own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / width);
  return data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

function swap(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}

/**
 * Numbers written as text, with white space or commas between them.
 *
 * @throws NnUNetError 'bad-image' where these are not `count` numbers
 */
export function voxelsOfText(text: string, type: StoredType, count: number, where: string): TypedArray {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const wrong = words.findIndex((word) => !Number.isFinite(Number(word)) && !/^[+-]?(nan|inf(inity)?)$/i.test(word));
  if (words.length < count || wrong >= 0) {
    const what = wrong >= 0 ? `holds "${words[wrong].slice(0, 20)}" among its numbers` : shortOf(words.length, count);
    throw badImage(where, what, 'It is damaged or cut short: copy or export it again.');
  }
  const number = (word: string) => (/inf/i.test(word) ? (word.startsWith('-') ? -1 : 1) * Infinity : Number(word));
  if (type === 'int64') return BigInt64Array.from({ length: count }, (_, i) => BigInt(Math.trunc(Number(words[i]))));
  const data = type === 'uint64' ? new Float64Array(count) : new types[type](count);
  for (let i = 0; i < count; i++) (data as Float64Array)[i] = number(words[i]);
  return data as TypedArray;
}

/** Bytes from hexadecimal digits, two a byte, white space anywhere. @throws NnUNetError 'bad-image' */
export function bytesOfHex(text: string, count: number, where: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length < 2 * count || /[^0-9a-f]/i.test(digits.slice(0, 2 * count))) {
    throw badImage(where, shortOf(Math.floor(digits.length / 2), count), 'It is damaged or cut short: copy it again.');
  }
  return Uint8Array.from({ length: count }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function shortOf(found: number, expected: number): string {
  return `is damaged, cut short, or not what its name says: it holds ${found} of ${expected} numbers`;
}
