/** Multiplies one channel in place (spec: augment §4, step 7). */
export function multiplyBrightness(channel: Float32Array, factor: number): void {
  for (let i = 0; i < channel.length; i++) channel[i] = channel[i]! * factor;
}

/** Adds to one channel in place (v1: BrightnessTransform; off in nnUNetTrainerV2). */
export function addBrightness(channel: Float32Array, addend: number): void {
  for (let i = 0; i < channel.length; i++) channel[i] = channel[i]! + addend;
}
