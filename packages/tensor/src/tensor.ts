export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array;

/** A dense n-dimensional array, row-major (C order): the last axis varies fastest. */
export interface Tensor<T extends TypedArray = Float32Array> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** Returns the number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Returns the row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** Converts a column-major array to row-major order; returns the array itself if it has at most one axis. */
export function fromColumnMajor<T extends ElementList>(data: T, shape: readonly number[]): T {
  return shape.length > 1 ? toRowMajor(data, shape, stridesOf([...shape].reverse()).reverse()) : data;
}

type ElementList = TypedArray | BigUint64Array | unknown[];

/** Copies an array with the given strides (in elements, one or more axes) to row-major order. */
export function toRowMajor<T extends ElementList>(data: T, shape: readonly number[], steps: readonly number[]): T {
  const out = new (data.constructor as new (size: number) => T)(sizeOf(shape));
  const last = shape.length - 1;
  const [length, step] = [shape[last]!, steps[last]!];
  const index = shape.map(() => 0);
  for (let target = 0; target < out.length; ) {
    let source = 0;
    for (let a = 0; a < last; a++) source += index[a]! * steps[a]!;
    for (let k = 0; k < length; k++, source += step) out[target++] = data[source]!;
    for (let a = last - 1; a >= 0 && ++index[a]! === shape[a]; a--) index[a] = 0;
  }
  return out;
}
