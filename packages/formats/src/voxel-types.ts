import type { TypedArray } from '@nnunet/tensor';

/** Voxels as float32. */
export function floatVoxels(data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (!(data instanceof BigInt64Array)) return new Float32Array(data);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  return out;
}
