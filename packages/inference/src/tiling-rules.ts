import type { NetworkDescription, OutputNonlinearity } from '@nnunet/network';
import { roundToFloat16 } from '@nnunet/tensor';
import { type ModelDescription, patchSizeOf } from './model-description.ts';
import { predictTiled } from './predict-tiled.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { predictTiledLogits } from './v2/predict-tiled-v2.ts';

/** How the networks of a model are run over an image and their results averaged: where v1 and v2 differ. */
export interface TilingRules {
  network: NetworkDescription;
  /** Voxels, network order; two entries for a 2D network. */
  patchSize: number[];
  mirrorAxes: number[];
  /** What a network gives for a patch. */
  nonlinearity: OutputNonlinearity;
  /** A fold's result, (classes, z, y, x). */
  predictTiled(options: TiledPredictionOptions): Promise<Float32Array>;
  /** Adds a fold's result to the sum, in place. */
  addFold(sum: Float32Array, fold: Float32Array): void;
  /** Divides the sum by the number of folds, in place. */
  divide(sum: Float32Array, folds: number): void;
}

/** v1: probabilities, in float32. */
export function tilingRules(description: ModelDescription): TilingRules {
  return {
    network: description.network,
    patchSize: patchSizeOf(description),
    mirrorAxes: description.mirrorAxes,
    nonlinearity: description.nonlinearity,
    predictTiled,
    addFold(sum, fold) {
      for (let i = 0; i < sum.length; i++) sum[i] += fold[i];
    },
    divide(sum, folds) {
      for (let i = 0; i < sum.length; i++) sum[i] /= folds;
    },
  };
}

/** v2: logits, in half floats. */
export function tilingRulesV2({ network, patchSize, mirrorAxes }: ModelDescriptionV2): TilingRules {
  return {
    network,
    patchSize,
    mirrorAxes,
    nonlinearity: 'none',
    predictTiled: predictTiledLogits,
    addFold(sum, fold) {
      for (let i = 0; i < sum.length; i++) sum[i] += fold[i];
      roundToFloat16(sum, sum as Float32Array<ArrayBuffer>);
    },
    divide(sum, folds) {
      for (let i = 0; i < sum.length; i++) sum[i] /= folds;
      roundToFloat16(sum, sum as Float32Array<ArrayBuffer>);
    },
  };
}
