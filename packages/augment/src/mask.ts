/**
 * Sets one channel to 0 where the label is below 0, outside the nonzero mask (v1: MaskTransform; spec: augment §4,
 * step 13).
 */
export function maskChannel(channel: Float32Array, seg: ArrayLike<number>): void {
  for (let i = 0; i < channel.length; i++) if (seg[i]! < 0) channel[i] = 0;
}
