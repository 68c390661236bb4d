import type { TypedArray } from '@nnunet/tensor';
import type { LabelArray } from '@nnunet/volume';

/** Voxels as float32. */
export function floatVoxels(data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (!(data instanceof BigInt64Array)) return new Float32Array(data);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  return out;
}

/** Labels in the smallest array that holds them, whatever type they are stored as; values that are no integers as float32. */
export function labelVoxels(data: TypedArray): LabelArray {
  if (data instanceof Uint8Array) return data;
  // float64 holds every label of the other types; float32 would round those beyond 2^24
  const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isInteger(value)) return Float32Array.from(values);
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  if (low >= 0 && high <= 255) return Uint8Array.from(values);
  if (low >= -32768 && high <= 32767) return Int16Array.from(values);
  return low >= -2147483648 && high <= 2147483647 ? Int32Array.from(values) : Float32Array.from(values);
}
