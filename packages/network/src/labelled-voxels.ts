import type { Expression } from '@nnunet/autodiff';
import { cast, constant, divide, equal, maximum, multiply, subtract } from '@nnunet/autodiff/operators';

/** Cross-entropies added up. `annotated`: number of voxels that count; only with an ignore label. */
export type CrossEntropySums = Readonly<Record<'crossEntropy', Expression> & Partial<Record<'annotated', Expression>>>;

/** 1 for the voxels that count, 0 for those of the ignore label. */
export function labelledVoxels(target: Expression, ignoreLabel: number): Expression {
  return subtract(1, cast(equal(target, constant(ignoreLabel)), 'float'));
}

/** Mean over the voxels that count; 0 if there are none. @param voxels that count if none is ignored */
export function perVoxel({ crossEntropy, annotated }: CrossEntropySums, voxels: number): Expression {
  return annotated === undefined ? multiply(crossEntropy, 1 / voxels) : divide(crossEntropy, maximum(annotated, 1));
}
