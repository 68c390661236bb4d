import type { TypedArray } from '@nnunet/tensor';
import { type StoredType, storedArrays, swapBytes } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';

export type { StoredType };

/** Bytes of a number. */
export function widthOf(type: StoredType): number {
  return storedArrays[type].BYTES_PER_ELEMENT;
}

/**
 * Numbers from their bytes, which become the array's own where that is possible; uint64 comes as float64, which no other
 * type of array holds.
 */
export function voxelsOf(bytes: Uint8Array, type: StoredType, bigEndian: boolean): TypedArray {
  const width = widthOf(type);
  const own = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (bigEndian) swapBytes(own, width);
  const data = new storedArrays[type](own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / width);
  return data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
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
  const data = type === 'uint64' ? new Float64Array(count) : new storedArrays[type](count);
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
