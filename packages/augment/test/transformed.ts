import type { LoaderPatch } from '../src/loader-patch.ts';
import { type BorderMode, transformSpatially } from '../src/spatial.ts';
import type { SpatialTransform } from '../src/spatial-geometry.ts';
import type { FloatTensor } from './reference-values.ts';

/** A loader patch transformed to a sample of `shape`, which had 77 everywhere. */
export function transformed(
  patch: LoaderPatch,
  shape: readonly number[],
  transform: SpatialTransform,
  { inPlane = false, border }: { inPlane?: boolean; border?: BorderMode } = {},
) {
  const voxels = shape.reduce((a, b) => a * b, 1);
  const filled = (n: number) => new Float32Array(n).fill(77);
  const { channels } = patch;
  const sample = { shape, channels, data: filled(channels * voxels), seg: filled(voxels), previous: filled(voxels) };
  transformSpatially(patch, sample, transform, inPlane, { border });
  return sample;
}

/** A loader patch that is stored as a whole: (channels, z, y, x) or (channels, y, x). */
export function wholePatch(image: FloatTensor, labels: FloatTensor): LoaderPatch {
  const [channels, ...shape] = image.shape as [number, ...number[]];
  const size = threeAxes(shape);
  return { size, box: { lower: [0, 0, 0], upper: size }, channels, data: image.data, seg: labels.data };
}

export function threeAxes(shape: readonly number[], filler = 1): number[] {
  return shape.length === 2 ? [filler, ...shape] : [...shape];
}
