import type { TypedArray } from '@nnunet/tensor';

/**
 * The voxels of a box [low, high) per axis, as an array of the same type; the array itself when the box is the whole.
 * @param shape (z, y, x)
 */
export function copyBox<T extends TypedArray>(
  data: T,
  shape: readonly number[],
  box: readonly (readonly [number, number])[],
): T {
  const [nz, ny, nx] = box.map(([low, high]) => high - low) as [number, number, number];
  if (nz === shape[0] && ny === shape[1] && nx === shape[2]) return data;
  const out = new (data.constructor as new (n: number) => T)(nz * ny * nx);
  for (let z = 0, to = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, to += nx) {
      const from = ((z + box[0]![0]) * shape[1]! + y + box[1]![0]) * shape[2]! + box[2]![0];
      (out as Float32Array).set((data as Float32Array).subarray(from, from + nx), to);
    }
  }
  return out;
}
