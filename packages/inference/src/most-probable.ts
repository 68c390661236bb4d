import type { Tensor } from '@nnunet/tensor';

/** Index of the greatest probability of each voxel, the lowest of equal ones. @param scores (classes, …) */
export function mostProbable({ data, shape }: Tensor<Float32Array>): Uint8Array {
  const voxels = data.length / shape[0];
  const labels = new Uint8Array(voxels);
  const best = data.slice(0, voxels);
  for (let c = 1; c < shape[0]; c++) {
    const start = c * voxels;
    for (let v = 0; v < voxels; v++) {
      if (data[start + v] > best[v]) {
        best[v] = data[start + v];
        labels[v] = c;
      }
    }
  }
  return labels;
}
