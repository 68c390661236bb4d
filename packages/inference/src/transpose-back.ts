import { sizeOf, type Tensor } from '@nnunet/tensor';

/**
 * Turns the axes of an image from network order back to that of the file: axis i of the result is axis backward[i] of the
 * input. Channels stay in front.
 *
 * @param image (channels, three axes in network order)
 * @param backward `transpose_backward` of the plans
 */
export function transposeBack(image: Tensor<Float32Array>, backward: readonly number[]): Tensor<Float32Array> {
  if (backward.every((axis, i) => axis === i)) return image;
  const [channels, ...size] = image.shape;
  const strides = [size[1] * size[2], size[2], 1];
  const [n0, n1, n2] = backward.map((axis) => size[axis]);
  const [s0, s1, s2] = backward.map((axis) => strides[axis]);
  const voxels = sizeOf(size);
  const out = new Float32Array(image.data.length);
  let o = 0;
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < n0; i++)
      for (let j = 0; j < n1; j++) {
        let from = c * voxels + i * s0 + j * s1;
        for (let k = 0; k < n2; k++, from += s2) out[o++] = image.data[from];
      }
  return { data: out, shape: [channels, n0, n1, n2] };
}
