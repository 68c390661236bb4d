import { type Dtype, float16ToFloat32, type TypedArray } from '@nnunet/tensor';
import { allocate } from '@nnunet/tensor/internal';
import { PickleFault } from './bad-pickle.ts';
import { exactInteger } from './byte-reader.ts';
import type { NumpyDtype } from './numpy-dtype.ts';
import type { PickleBudget } from './pickle-limits.ts';

/** Python's complex number. */
export interface Complex {
  readonly real: number;
  readonly imag: number;
}

/** Elements in native byte order as a typed array: float16 as Float32Array, bool as Uint8Array of 0 and 1. */
export function typedElements(
  bytes: Uint8Array,
  dtype: NumpyDtype,
  type: Dtype | 'uint64',
  budget: PickleBudget,
): TypedArray | BigUint64Array {
  const width = dtype.width;
  const size = bytes.length / width;
  budget.takeBytes(bytes.length * 2);
  const raw = bytes.slice();
  if (dtype.bigEndian && width > 1) {
    for (let i = 0; i < raw.length; i += width) raw.subarray(i, i + width).reverse();
  }
  if (type === 'uint64') return new BigUint64Array(raw.buffer, 0, size);
  if (type === 'float16') return float16ToFloat32(new Uint16Array(raw.buffer, 0, size));
  if (type === 'bool') return raw.map((b) => (b === 0 ? 0 : 1));
  const Type = allocate(type, 0).constructor as new (b: ArrayBufferLike, o: number, n: number) => TypedArray;
  return new Type(raw.buffer, 0, size);
}

/** Element `index` of raw bytes as a plain value: number (bigint where inexact), boolean, text, bytes or complex. */
export function elementValue(bytes: Uint8Array, dtype: NumpyDtype, index: number): unknown {
  const { kind, width } = dtype;
  const view = new DataView(bytes.buffer, bytes.byteOffset + index * width, width);
  const little = !dtype.bigEndian;
  switch (dtype.name) {
    case 'b1':
      return view.getUint8(0) !== 0;
    case 'i1':
      return view.getInt8(0);
    case 'u1':
      return view.getUint8(0);
    case 'i2':
      return view.getInt16(0, little);
    case 'u2':
      return view.getUint16(0, little);
    case 'i4':
      return view.getInt32(0, little);
    case 'u4':
      return view.getUint32(0, little);
    case 'i8':
      return exactInteger(view.getBigInt64(0, little));
    case 'u8':
      return exactInteger(view.getBigUint64(0, little));
    case 'f2':
      return float16ToFloat32(Uint16Array.of(view.getUint16(0, little)))[0];
    case 'f4':
      return view.getFloat32(0, little);
    case 'f8':
      return view.getFloat64(0, little);
    case 'c8':
      return { real: view.getFloat32(0, little), imag: view.getFloat32(4, little) } satisfies Complex;
    case 'c16':
      return { real: view.getFloat64(0, little), imag: view.getFloat64(8, little) } satisfies Complex;
  }
  if (kind === 'U') return ucs4Text(view, little);
  if (kind === 'S') return withoutZeros(bytes.subarray(index * width, (index + 1) * width));
  throw new PickleFault(`elements of type ${dtype.name} from bytes`);
}

/** UCS-4, padded with zeros. */
function ucs4Text(view: DataView, little: boolean): string {
  let text = '';
  let zeros = 0;
  for (let i = 0; i < view.byteLength; i += 4) {
    const code = view.getUint32(i, little);
    if (code > 0x10ffff) throw new PickleFault('a NumPy text with an impossible character');
    if (code === 0) {
      zeros++;
      continue;
    }
    text += '\0'.repeat(zeros) + String.fromCodePoint(code);
    zeros = 0;
  }
  return text;
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.slice(0, end);
}
