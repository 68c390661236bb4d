import { NnUNetError } from '@nnunet/errors';
import { roundHalfEven } from '@nnunet/tensor/internal';

/**
 * Returns the scale per output and axis, highest resolution first: ones, then the reciprocals of the cumulative
 * products of the pooling kernels, without the last (v1: nnUNetTrainerV2.setup_DA_params).
 */
export function deepSupervisionScales(poolKernels: readonly (readonly number[])[]): number[][] {
  const scales = [poolKernels[0]!.map(() => 1)];
  const product = poolKernels[0]!.map(() => 1);
  for (const kernel of poolKernels.slice(0, -1)) {
    for (let d = 0; d < product.length; d++) product[d] = product[d]! * kernel[d]!;
    scales.push(product.map((p) => 1 / p));
  }
  return scales;
}

/** Shape of a target at one scale, in voxels. */
export function scaledShape(shape: readonly number[], scale: readonly number[]): number[] {
  return shape.map((n, d) => roundHalfEven(n * scale[d]!));
}

/** Source index of every output index for resizing with order 0. */
export function nearestIndices(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, k) => {
    const x = Math.min(Math.max(((k + 0.5) * from) / to - 0.5, 0), from - 1);
    return Math.floor(x + 0.5);
  });
}

/**
 * Resamples a label map to another resolution by nearest neighbour (v1: downsample_seg_for_ds_transform2, order 0);
 * halving keeps the odd voxels. `seg` is (c, …shape); the result (c, …target) is written to `out`.
 */
export function downsampleLabels(
  seg: Uint8Array,
  shape: readonly number[],
  target: readonly number[],
  out: Uint8Array,
): void {
  const [n0, n1, n2] = asThree(shape);
  const [m0, m1, m2] = asThree(target);
  const index0 = nearestIndices(n0, m0);
  const index1 = nearestIndices(n1, m1);
  const index2 = nearestIndices(n2, m2);
  const channels = seg.length / (n0 * n1 * n2);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let z = 0; z < m0; z++) {
      for (let y = 0; y < m1; y++) {
        const row = ((c * n0 + index0[z]!) * n1 + index1[y]!) * n2;
        for (let x = 0; x < m2; x++) out[at++] = seg[row + index2[x]!]!;
      }
    }
  }
}

function asThree(shape: readonly number[]): [number, number, number] {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new NnUNetError('bad-shape', { what: `a label map has 2 or 3 axes, not ${shape.length}` });
  }
  return shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, shape[0]!, shape[1]!];
}
