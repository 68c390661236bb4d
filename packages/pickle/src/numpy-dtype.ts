import type { Dtype } from '@nnunet/tensor';
import { PickleFault } from './bad-pickle.ts';

/**
 * Element type of a NumPy array or scalar. Kinds: b bool, i, u integers, f floats, c complex, S bytes, U text (UCS-4),
 * O objects.
 */
export class NumpyDtype {
  readonly kind: string;
  /** Bytes of an element. */
  readonly width: number;
  bigEndian = false;

  constructor(kind: string, width: number) {
    this.kind = kind;
    this.width = width;
  }

  get name(): string {
    return this.kind + this.width;
  }

  /** The type of a typed array that holds the elements, or null for those that become nested lists. */
  get arrayType(): Dtype | 'uint64' | null {
    return arrayTypes.get(this.name) ?? null;
  }
}

const arrayTypes = new Map<string, Dtype | 'uint64'>([
  ['b1', 'bool'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
]);

/** Text and byte elements longer than this are refused. */
const MAX_WIDTH = 2 ** 20;

/** `numpy.dtype(code, align, copy)`: code as 'f8', 'U12', 'O8'. */
export function parseDtype(code: unknown): NumpyDtype {
  const match = typeof code === 'string' ? /^[<>|=]?([a-zA-Z?])(\d{0,9})$/.exec(code) : null;
  if (match === null) throw new PickleFault('numpy.dtype of something that is no code of a type');
  const kind = match[1];
  const number = match[2] === '' ? 0 : Number(match[2]);
  const width = kind === 'U' ? number * 4 : kind === 'O' ? 8 : number;
  const known = arrayTypes.has(kind + width) || kind === 'O' || ((kind === 'U' || kind === 'S') && width <= MAX_WIDTH);
  if (!known && !(kind === 'c' && (width === 8 || width === 16))) {
    throw new PickleFault(`NumPy elements of type ${code}, which are not read`);
  }
  const dtype = new NumpyDtype(kind, width);
  dtype.bigEndian = (code as string).startsWith('>');
  return dtype;
}

/** State of a dtype: (version, byte order, subtype, names, fields, width, alignment, flags[, metadata]). */
export function setDtypeState(dtype: NumpyDtype, state: unknown): void {
  if (!Array.isArray(state) || state.length < 5) throw new PickleFault('a numpy.dtype with a damaged state');
  const [, order, subtype, names, fields] = state as unknown[];
  if (subtype !== null || names !== null || fields !== null) {
    throw new PickleFault('NumPy records, which are not read');
  }
  if (typeof order !== 'string' || !/^[<>|=]$/.test(order)) throw new PickleFault('a numpy.dtype of no byte order');
  dtype.bigEndian = order === '>';
}
