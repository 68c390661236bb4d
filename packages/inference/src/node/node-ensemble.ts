import { type Compute, PredictionSession } from '@nnunet/network/node';
import type { WeightMap } from '../checkpoint-format.ts';
import { FoldEnsemble } from '../fold-ensemble.ts';
import type { ModelRules } from '../model-rules.ts';

export interface SessionOptions {
  /** Patches per network evaluation. Default: 1 in 3D, up to 4 small patches in 2D. */
  batchSize?: number;
  compute?: Compute;
}

/** The networks of one or more folds, computed by onnxruntime-node. */
export function nodeEnsemble(
  rules: ModelRules,
  members: readonly WeightMap[],
  { batchSize, compute }: SessionOptions = {},
): FoldEnsemble {
  return new FoldEnsemble(rules, members, {
    batchSize,
    open: (network) => PredictionSession.create({ ...network, ...compute }),
  });
}
