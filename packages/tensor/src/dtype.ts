import type { TypedArray } from './tensor.ts';

/** Element types that files hold. float16 and bool have no typed array of their own; see {@link StoredTensor}. */
export type Dtype =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'bool';

/**
 * An array with the element type it has in a file. float16 is a Float32Array in memory, bool a Uint8Array of 0 and 1;
 * every other type is its typed array. A tensor without `dtype` is stored as its typed array says.
 */
export interface StoredTensor<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly shape: readonly number[];
  readonly dtype?: Dtype;
}

/** Bytes of one element in a file. */
export const bytesOf: Readonly<Record<Dtype, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  bool: 1,
};

const arrayTypes = {
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/** A new array in memory for `size` elements of a type. */
export function allocate(dtype: Dtype, size: number): TypedArray {
  return new arrayTypes[dtype](size);
}

/** The type that an array has in a file when nothing else is asked. */
export function dtypeOf(data: TypedArray): Dtype {
  for (const dtype of ['float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32'] as const) {
    if (data instanceof arrayTypes[dtype]) return dtype;
  }
  throw new TypeError(`not a supported typed array: ${Object.prototype.toString.call(data)}`);
}

/** True where an array in memory can be stored as `dtype` without changing its kind. */
export function fits(data: TypedArray, dtype: Dtype): boolean {
  return data instanceof arrayTypes[dtype];
}
