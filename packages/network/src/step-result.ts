import type { VoxelCounts } from './evaluation-step.ts';
import type { StepOptions } from './training-step.ts';

export interface StepResult {
  loss: number;
  /** L2 norm of all gradients, before clipping. */
  gradientNorm: number;
}

/**
 * Voxel counts of the full-resolution output, summed over the samples, per foreground class (or per region); and the
 * loss.
 */
export interface EvaluationResult extends VoxelCounts<number[]> {
  loss: number;
}

/** @param of returns the values of an output of the evaluation graph */
export function evaluationResult(
  { loss, description }: StepOptions,
  value: number,
  of: (output: keyof VoxelCounts<unknown>) => Float32Array,
): EvaluationResult {
  // With labels, class 0 is the background.
  const first = loss.targetChannels(description.classes) === 1 ? 1 : 0;
  const counts = (output: keyof VoxelCounts<unknown>) => Array.from(of(output)).slice(first);
  return {
    loss: value,
    truePositives: counts('truePositives'),
    falsePositives: counts('falsePositives'),
    falseNegatives: counts('falseNegatives'),
  };
}
