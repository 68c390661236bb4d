import type { ActivationRanges } from '@nnunet/network/internal';
import { type Compute, PredictionSession } from '@nnunet/network/node';
import type { WeightMap } from '../checkpoint-format.ts';
import { FoldEnsemble } from '../fold-ensemble.ts';
import type { ModelRules } from '../model-rules.ts';

export interface SessionOptions {
  /** Patches per network evaluation. Default: 1 in 3D, up to 4 small patches in 2D. */
  batchSize?: number;
  compute?: Compute;
}

/**
 * The networks of one or more folds, computed by onnxruntime-node.
 *
 * @param options `ranges`: of each fold, to compute with 8-bit integers, one patch at a time; null for floating point
 */
export function nodeEnsemble(
  rules: ModelRules,
  members: readonly WeightMap[],
  { batchSize, compute, ranges }: SessionOptions & { ranges?: readonly ActivationRanges[] | null } = {},
): FoldEnsemble {
  return new FoldEnsemble(rules, members, {
    batchSize: ranges ? 1 : batchSize,
    open: ({ member, ...network }) => PredictionSession.create({ ...network, ...compute, ranges: ranges?.[member] }),
  });
}
