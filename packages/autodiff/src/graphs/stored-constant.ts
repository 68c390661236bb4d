import { sizeOf, type Tensor, type TypedArray } from '@nnunet/tensor';
import { bytesOf, dtypeOf, elementPieces, elementsFromBytes, fromBase64, toBase64 } from '@nnunet/tensor/internal';
import type { Fields } from './fields.ts';

/** Arrays up to this length are stored as readable numbers. */
const SHORT = 16;

const types = ['float32', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint32', 'uint16', 'uint8'] as const;

/** Whether no element is NaN or infinite. */
function isFiniteTensor({ data }: Tensor<TypedArray>): boolean {
  return data instanceof BigInt64Array || data.every((value) => Number.isFinite(value));
}

/** Describes a tensor as plain data: short ones as numbers, others as base64. */
export function storeTensor({ data, shape }: Tensor<TypedArray>): object {
  const dtype = dtypeOf(data);
  const numbers = data.length > SHORT ? [] : Array.from(data as ArrayLike<number | bigint>, Number);
  const kind = { ...(dtype === 'float64' ? {} : { dtype }), ...(shape.length === 0 ? {} : { shape }) };
  // JSON has neither NaN nor minus zero.
  const readable = numbers.every((n) => Number.isFinite(n) && Math.abs(n) < 2 ** 53 && !Object.is(n, -0));
  if (data.length <= SHORT && readable) return { ...kind, values: numbers };
  const [bytes = new Uint8Array()] = [...elementPieces(data, dtype)];
  return { ...kind, base64: toBase64(bytes) };
}

/** The inverse of {@link storeTensor}. @throws TypeError or RangeError for damaged data */
export function readTensor(fields: Fields): Tensor<TypedArray> {
  const dtype = fields.has('dtype') ? fields.oneOf('dtype', types) : 'float64';
  const shape = fields.has('shape') ? fields.axes('shape') : [];
  const data = fields.has('base64')
    ? fromText(fields.text('base64'), dtype)
    : fromNumbers(fields.numbers('values'), dtype);
  if (data.length !== sizeOf(shape)) throw new RangeError(`a constant of shape ${shape} has ${data.length} elements`);
  if (!isFiniteTensor({ data, shape })) throw new RangeError('a constant is not finite');
  return { data, shape };
}

function fromText(text: string, dtype: (typeof types)[number]): TypedArray {
  const bytes = fromBase64(text);
  if (bytes.length % bytesOf[dtype] !== 0) throw new RangeError(`a constant of ${dtype} has ${bytes.length} bytes`);
  return elementsFromBytes(bytes, dtype);
}

function fromNumbers(values: readonly number[], dtype: (typeof types)[number]): TypedArray {
  if (dtype === 'int64') return BigInt64Array.from(values, BigInt);
  const empty = elementsFromBytes(new Uint8Array(), dtype) as Float32Array;
  return (empty.constructor as typeof Float32Array).from(values);
}
