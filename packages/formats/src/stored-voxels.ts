import type { TypedArray } from '@nnunet/tensor';
import { type StoredType, storedArrays, storedVoxels } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';

/**
 * Converts stored bytes to numbers, without copying if possible; uint64 becomes float64, because no tensor type holds
 * it.
 */
export function voxelsOf(bytes: Uint8Array, type: StoredType, bigEndian: boolean): TypedArray {
  const data = storedVoxels(bytes, type, bigEndian);
  return data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

/** Voxels as float32. */
export function floatVoxels(data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : new Float32Array(data);
}

/**
 * Parses numbers written as text, separated by white space or commas.
 *
 * @throws NnUNetError 'bad-image' unless there are exactly `count` numbers
 */
export function voxelsOfText(text: string, type: StoredType, count: number, where: string): TypedArray {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const wrong = words.findIndex((word) => !Number.isFinite(Number(word)) && !/^[+-]?(nan|inf(inity)?)$/i.test(word));
  if (words.length < count || wrong >= 0) {
    const what =
      wrong >= 0 ? `contains "${words[wrong]!.slice(0, 20)}" among its numbers` : shortOf(words.length, count);
    throw badImage(where, what, 'It is damaged or cut off. Copy or export it again.');
  }
  const number = (word: string) => (/inf/i.test(word) ? (word.startsWith('-') ? -1 : 1) * Infinity : Number(word));
  if (type === 'int64') return BigInt64Array.from({ length: count }, (_, i) => BigInt(Math.trunc(Number(words[i]!))));
  const data = type === 'uint64' ? new Float64Array(count) : new storedArrays[type](count);
  for (let i = 0; i < count; i++) (data as Float64Array)[i] = number(words[i]!);
  return data as TypedArray;
}

/** Parses hexadecimal digits, two per byte, with white space anywhere. @throws NnUNetError 'bad-image' */
export function bytesOfHex(text: string, count: number, where: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length < 2 * count || /[^0-9a-f]/i.test(digits.slice(0, 2 * count))) {
    throw badImage(where, shortOf(Math.floor(digits.length / 2), count), 'It is damaged or cut off. Copy it again.');
  }
  return Uint8Array.from({ length: count }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function shortOf(found: number, expected: number): string {
  return `is damaged, cut off or not what its name says: it holds ${found} of ${expected} numbers`;
}
