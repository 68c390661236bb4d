/** Weights of a convolution as 8-bit integers, a scale for each output. */
export interface RoundedWeights {
  /** (outputs, inputs): integers from -127 to 127. */
  readonly integers: Int8Array;
  /** Of each output: weight = integer * scale. */
  readonly scales: Float64Array;
}

/** Rounds weights so that the greatest of each output becomes 127 or -127. @param weights (outputs, inputs) */
export function roundWeights(weights: Float64Array, outputs: number): RoundedWeights {
  const inputs = weights.length / outputs;
  const scales = new Float64Array(outputs);
  const integers = new Int8Array(weights.length);
  for (let o = 0; o < outputs; o++) {
    let greatest = 0;
    for (let i = o * inputs; i < (o + 1) * inputs; i++) greatest = Math.max(greatest, Math.abs(weights[i]!));
    scales[o] = greatest > 0 ? greatest / 127 : 1;
    for (let i = o * inputs; i < (o + 1) * inputs; i++) integers[i] = Math.round(weights[i]! / scales[o]!);
  }
  return { integers, scales };
}
