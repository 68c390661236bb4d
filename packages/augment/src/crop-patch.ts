import type { LoaderPatch } from './loader-patch.ts';
import type { Sample } from './transform-entry.ts';

/** Where the transformed patch is written. */
export type SpatialTarget = Omit<Sample, 'spacing'>;

/**
 * Copies the part of a loader patch that begins at voxel `start`. Where nothing is stored, data are 0, and labels keep
 * what the target holds.
 */
export function cropPatch(patch: LoaderPatch, target: SpatialTarget, start: readonly number[]): void {
  const { lower, upper } = patch.box;
  const shape = upper.map((high, d) => high - lower[d]!);
  const shift = lower.map((low, d) => low - start[d]!);
  pasteBox(patch.data, shape, target.data.fill(0), target.shape, shift);
  pasteBox(patch.seg, shape, target.seg, target.shape, shift);
  if (patch.previous && target.previous) {
    pasteBox(patch.previous, shape, target.previous, target.shape, shift);
  }
}

/** Copies the part of every channel of `box` that lies within the target; `shift` is the position of box voxel 0. */
function pasteBox(
  box: Float32Array,
  boxShape: readonly number[],
  target: Float32Array,
  shape: readonly number[],
  shift: readonly number[],
) {
  const [b0, b1, b2] = boxShape as [number, number, number];
  const [n0, n1, n2] = shape as [number, number, number];
  const [s0, s1, s2] = shift as [number, number, number];
  if (b0 * b1 * b2 === 0) return;
  const channels = box.length / (b0 * b1 * b2);
  const x0 = Math.max(0, -s2);
  const x1 = Math.min(b2, n2 - s2);
  if (x1 <= x0) return;
  for (let c = 0; c < channels; c++) {
    for (let z = Math.max(0, -s0); z < Math.min(b0, n0 - s0); z++) {
      for (let y = Math.max(0, -s1); y < Math.min(b1, n1 - s1); y++) {
        const from = ((c * b0 + z) * b1 + y) * b2;
        const to = ((c * n0 + z + s0) * n1 + y + s1) * n2 + s2;
        target.set(box.subarray(from + x0, from + x1), to + x0);
      }
    }
  }
}
