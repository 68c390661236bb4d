import type { Dtype } from '@nnunet/tensor';
import { badNifti } from './bad-nifti.ts';

/** Type of a voxel in a NIfTI file. uint64 has no typed array among tensors; it is only ever read as float32. */
export interface Pixel {
  readonly code: number;
  readonly dtype: Exclude<Dtype, 'float16' | 'bool'> | 'uint64';
  readonly bytes: number;
}

const pixels: readonly Pixel[] = [
  { code: 2, dtype: 'uint8', bytes: 1 },
  { code: 4, dtype: 'int16', bytes: 2 },
  { code: 8, dtype: 'int32', bytes: 4 },
  { code: 16, dtype: 'float32', bytes: 4 },
  { code: 64, dtype: 'float64', bytes: 8 },
  { code: 256, dtype: 'int8', bytes: 1 },
  { code: 512, dtype: 'uint16', bytes: 2 },
  { code: 768, dtype: 'uint32', bytes: 4 },
  { code: 1024, dtype: 'int64', bytes: 8 },
  { code: 1280, dtype: 'uint64', bytes: 8 },
];

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
