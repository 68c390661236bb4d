import type { TypedArray } from '@nnunet/tensor';

/** Voxels as float32. */
export function floatVoxels(data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : new Float32Array(data);
}
