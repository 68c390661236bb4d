import type { Dtype } from '@nnunet/tensor';
import { badNifti } from './bad-nifti.ts';
import { type StoredType, widthOf } from './stored-types.ts';

/** Type of a voxel in a NIfTI file. uint64 has no typed array among tensors; it is only ever read as float32. */
export interface Pixel {
  readonly code: number;
  readonly dtype: StoredType;
  readonly bytes: number;
}

const codes: Readonly<Record<StoredType, number>> = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
};
const pixels = (Object.entries(codes) as [StoredType, number][]).map(
  ([dtype, code]): Pixel => ({ code, dtype, bytes: widthOf(dtype) }),
);

const others: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers',
  128: 'RGB colours',
  1536: '128-bit numbers',
  1792: 'complex numbers',
  2048: 'complex numbers',
  2304: 'RGBA colours',
};

/** The type of a NIfTI data type code. Throws 'bad-nifti' for colours, complex numbers and unknown codes. */
export function pixelOf(code: number, where: string): Pixel {
  const pixel = pixels.find((p) => p.code === code);
  if (pixel) return pixel;
  const remedy = 'Store it with one integer or floating-point number a voxel, one file per channel.';
  throw badNifti(where, `has voxels of ${others[code] ?? `unknown data type ${code}`}`, remedy);
}

/** The type that a file must have for an array. */
export function pixelFor(dtype: Dtype): Pixel {
  const pixel = pixels.find((p) => p.dtype === dtype);
  if (!pixel) throw new TypeError(`NIfTI files cannot hold ${dtype}`);
  return pixel;
}
