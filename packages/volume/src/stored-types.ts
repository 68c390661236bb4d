import type { TypedArray } from '@nnunet/tensor';
import { swapBytes } from '@nnunet/tensor/internal';

/** Voxel types in files, and the arrays that hold them. */
export const storedArrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Voxel type in a file. */
export type StoredType = keyof typeof storedArrays;

/** Bytes of a voxel. */
export function widthOf(type: StoredType): number {
  return storedArrays[type].BYTES_PER_ELEMENT;
}

/**
 * Converts the bytes of voxels in a file to an array in native byte order; bytes are swapped in place and not copied if
 * possible.
 */
export function storedVoxels(bytes: Uint8Array, type: StoredType, bigEndian: boolean): TypedArray | BigUint64Array {
  const width = widthOf(type);
  const own = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (bigEndian) swapBytes(own, width);
  return new storedArrays[type](own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / width);
}
