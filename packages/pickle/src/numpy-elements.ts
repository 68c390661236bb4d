import type { Dtype, TypedArray } from '@nnunet/tensor';
import { elementsFromBytes, numpyCodes } from '@nnunet/tensor/internal';
import { PickleFault } from './bad-pickle.ts';
import { exactInteger } from './byte-reader.ts';

/** Element types that have a typed array. */
export type ArrayType = Dtype | 'uint64';

/**
 * Element type of a NumPy array or scalar. Kinds: b bool, i, u integers, f floats, c complex, S bytes, U text (UCS-4),
 * O objects.
 */
export class NumpyDtype {
  readonly kind: string;
  /** Bytes per element. */
  readonly width: number;
  bigEndian: boolean;

  constructor(kind: string, width: number, bigEndian: boolean) {
    this.kind = kind;
    this.width = width;
    this.bigEndian = bigEndian;
  }

  get name(): string {
    return this.kind + this.width;
  }

  /** The type of a typed array for the elements, or null if they become nested lists. */
  get arrayType(): ArrayType | null {
    return arrayTypes.get(this.name) ?? null;
  }
}

const arrayTypes: ReadonlyMap<string, ArrayType> = new Map([...numpyCodes, ['u8', 'uint64'] as const]);

/** Longer text and byte elements are rejected. */
const MAX_WIDTH = 2 ** 20;

/** `numpy.dtype(code, align, copy)`: code as 'f8', 'U12', 'O8'. */
export function parseDtype(code: unknown): NumpyDtype {
  const [, kind, digits] = (typeof code === 'string' && /^[<>|=]?([a-zA-Z?])(\d{0,9})$/.exec(code)) || [];
  if (kind === undefined) throw new PickleFault('a numpy.dtype of something that is not a type code');
  const number = Number(digits);
  const width = kind === 'U' ? number * 4 : kind === 'O' ? 8 : number;
  const known = arrayTypes.has(kind + width) || kind === 'O' || ((kind === 'U' || kind === 'S') && width <= MAX_WIDTH);
  if (!known && !(kind === 'c' && (width === 8 || width === 16))) {
    throw new PickleFault(`NumPy elements of type ${code}, which are not supported`);
  }
  return new NumpyDtype(kind, width, (code as string).startsWith('>'));
}

/** State of a dtype: (version, byte order, subtype, names, fields, width, alignment, flags[, metadata]). */
export function setDtypeState(dtype: NumpyDtype, state: unknown): void {
  if (!Array.isArray(state) || state.length < 5) throw new PickleFault('a numpy.dtype with a damaged state');
  const [, order, subtype, names, fields] = state as unknown[];
  if (subtype !== null || names !== null || fields !== null) {
    throw new PickleFault('NumPy records, which are not supported');
  }
  if (typeof order !== 'string' || !/^[<>|=]$/.test(order)) throw new PickleFault('a numpy.dtype of no byte order');
  dtype.bigEndian = order === '>';
}

/**
 * Decodes elements of either byte order to a new typed array: float16 as Float32Array, bool as Uint8Array of 0 and 1.
 */
export function typedElements(
  bytes: Uint8Array,
  type: ArrayType,
  { bigEndian }: Pick<NumpyDtype, 'bigEndian'>,
): TypedArray | BigUint64Array {
  const own = bytes.slice();
  if (type !== 'uint64') return elementsFromBytes(own, type, bigEndian);
  return new BigUint64Array(elementsFromBytes(own, 'int64', bigEndian).buffer);
}

/**
 * Returns element `index` of raw bytes as a plain value: number (bigint if inexact), boolean, string, bytes or complex
 * number.
 */
export function elementValue(bytes: Uint8Array, dtype: NumpyDtype, index: number): unknown {
  const { kind, width, arrayType } = dtype;
  const own = bytes.subarray(index * width, (index + 1) * width);
  if (arrayType !== null) {
    const [element] = typedElements(own, arrayType, dtype);
    if (typeof element === 'bigint') return exactInteger(element);
    return arrayType === 'bool' ? element !== 0 : element;
  }
  if (kind === 'c') {
    const [real, imag] = typedElements(own, width === 8 ? 'float32' : 'float64', dtype);
    return { real, imag };
  }
  if (kind === 'U') return ucs4Text(typedElements(own, 'uint32', dtype) as Uint32Array);
  if (kind === 'S') return withoutZeros(own);
  throw new PickleFault(`elements of type ${dtype.name} from bytes`);
}

/** UCS-4, padded with zeros. */
function ucs4Text(codes: Uint32Array): string {
  if (codes.some((code) => code > 0x10ffff)) throw new PickleFault('a NumPy text with an impossible character');
  return Array.from(codes, (code) => String.fromCodePoint(code))
    .join('')
    .replace(/\0+$/, '');
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.slice(0, end);
}
