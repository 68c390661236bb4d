import type { TypedArray } from '@nnunet/tensor';
import { firstNotFinite } from '@nnunet/tensor/internal';
import type { Volume } from './volume.ts';

/**
 * Replaces NaN, infinities and numbers beyond float32 by 0, and counts them. Arrays without any are returned unchanged,
 * others are copied.
 */
export function finiteVoxels<T extends TypedArray>(data: T): { data: T | Float32Array; notFinite: number } {
  const first = data instanceof Float32Array || data instanceof Float64Array ? firstNotFinite(data) : -1;
  if (first < 0) return { data, notFinite: 0 };
  const out = Float32Array.from(data as ArrayLike<number>);
  let notFinite = 0;
  for (let i = first; i < out.length; i++) {
    const value = out[i]!;
    if (value - value === 0) continue;
    out[i] = 0;
    notFinite++;
  }
  return { data: out, notFinite };
}

/** Applies {@link finiteVoxels} to a volume; `notFinite` counts the replaced voxels. */
export function finiteVolume<T extends TypedArray>(volume: Volume<T>): Volume<T | Float32Array> {
  const { data, notFinite } = finiteVoxels(volume.data);
  return notFinite === 0 ? volume : { ...volume, data, notFinite: (volume.notFinite ?? 0) + notFinite };
}

/** Notice about non-finite voxels in a file; null if there were none. */
export function notFiniteNotice(file: string, { notFinite = 0 }: Volume<TypedArray>): string | null {
  if (notFinite === 0) return null;
  const voxels = notFinite === 1 ? '1 voxel is' : `${notFinite} voxels are`;
  return `${file}: ${voxels} NaN, infinite or out of range for float32 and will be read as 0`;
}
