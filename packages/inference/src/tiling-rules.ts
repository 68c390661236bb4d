import type { NetworkDescription, OutputNonlinearity } from '@nnunet/network';
import { roundToFloat16 } from '@nnunet/tensor/internal';
import { type ModelDescription, patchSizeOf } from './model-description.ts';
import { predictPlanes } from './predict-tiled.ts';
import type { FinishedPlanes } from './tiled-planes.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { predictLogitPlanes } from './v2/predict-tiled-v2.ts';

/** How the networks of a model are run over an image and their results averaged: where v1 and v2 differ. */
export interface TilingRules {
  network: NetworkDescription;
  /** Voxels, network order; two entries for a 2D network. */
  patchSize: number[];
  mirrorAxes: number[];
  /** Outputs are regions, which may overlap. */
  independentClasses: boolean;
  /** What a network gives for a patch. */
  nonlinearity: OutputNonlinearity;
  /** A fold's result, a few planes at a time. */
  predictPlanes(options: TiledPredictionOptions): AsyncGenerator<FinishedPlanes>;
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
    independentClasses: description.regionClassOrder !== null,
    nonlinearity: description.nonlinearity,
    predictPlanes,
    addFold(sum, fold) {
      for (let i = 0; i < sum.length; i++) sum[i] += fold[i];
    },
    divide(sum, folds) {
      for (let i = 0; i < sum.length; i++) sum[i] /= folds;
    },
  };
}

/** v2: logits, in half floats. */
export function tilingRulesV2(description: ModelDescriptionV2): TilingRules {
  const { network, patchSize, mirrorAxes } = description;
  return {
    independentClasses: description.regionClassOrder !== null,
    network,
    patchSize,
    mirrorAxes,
    nonlinearity: 'none',
    predictPlanes: predictLogitPlanes,
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
