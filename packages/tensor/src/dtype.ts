import type { TypedArray } from './tensor.ts';

/** For each type: its array in memory, and its codes in .npy and .safetensors files. */
const types = {
  float16: [Float32Array, 'f2', 'F16'],
  float32: [Float32Array, 'f4', 'F32'],
  float64: [Float64Array, 'f8', 'F64'],
  int8: [Int8Array, 'i1', 'I8'],
  int16: [Int16Array, 'i2', 'I16'],
  int32: [Int32Array, 'i4', 'I32'],
  int64: [BigInt64Array, 'i8', 'I64'],
  uint8: [Uint8Array, 'u1', 'U8'],
  uint16: [Uint16Array, 'u2', 'U16'],
  uint32: [Uint32Array, 'u4', 'U32'],
  bool: [Uint8Array, 'b1', 'BOOL'],
} as const;

/** Element types in files. float16 and bool have no typed array of their own; see {@link StoredTensor}. */
export type Dtype = keyof typeof types;

const rows = Object.entries(types) as [Dtype, (typeof types)[Dtype]][];

/** Types by NumPy's code: kind and bytes. */
export const numpyCodes: ReadonlyMap<string, Dtype> = new Map(rows.map(([dtype, [, code]]) => [code, dtype]));

/** Types by their code in .safetensors files. */
export const safetensorsCodes: ReadonlyMap<string, Dtype> = new Map(rows.map(([dtype, [, , code]]) => [code, dtype]));

/**
 * An array and its element type in a file. In memory, float16 is a Float32Array and bool a Uint8Array of 0 and 1; every
 * other type is its typed array. Default `dtype`: the type of the array.
 */
export interface StoredTensor<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly shape: readonly number[];
  readonly dtype?: Dtype;
}

/** Bytes per element in a file. */
export const bytesOf = Object.fromEntries(rows.map(([dtype, [, code]]) => [dtype, Number(code.slice(1))])) as Readonly<
  Record<Dtype, number>
>;

/** NumPy's code of a type. */
export const numpyCodeOf = (dtype: Dtype): string => types[dtype][1];

/** The code of a type in .safetensors files. */
export const safetensorsCodeOf = (dtype: Dtype): string => types[dtype][2];

/** Allocates an array in memory for `size` elements of a type. */
export function allocate(dtype: Dtype, size: number): TypedArray {
  return new types[dtype][0](size);
}

/** Returns the default file type of an array. */
export function dtypeOf(data: TypedArray): Dtype {
  const found = rows.find(([dtype]) => dtype !== 'float16' && fits(data, dtype));
  if (!found) throw new TypeError(`not a supported typed array: ${Object.prototype.toString.call(data)}`);
  return found[0];
}

/** Whether an array in memory can be stored as `dtype`. */
export function fits(data: TypedArray, dtype: Dtype): boolean {
  return data instanceof types[dtype][0];
}
