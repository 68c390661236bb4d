import type { ModelRules } from '@nnunet/inference/node';
import { type NetworkWork, networkWork } from '@nnunet/network/internal';
import { sizeOf } from '@nnunet/tensor';
import type { TrainingSettings } from '@nnunet/trainer';
import type { TrainingDecisions } from '@nnunet/trainer/internal';

/*
 * Work is counted in multiplications of a convolution, as `measureSpeed` measures them. The factors are measured on
 * networks of 2 to 30 million weights, 2D and 3D (Sapphire Rapids, blocked operators); estimates by them were within 15 %
 * of each network's time.
 */
/** Of the forward pass: a training step, with the backward pass and all that is not a convolution. */
const STEP = 3.65;
/** Of the forward pass: a validation batch, which also forms the loss. */
const EVALUATION = 0.92;
/** Of the forward pass: a tile of a prediction. */
const TILE = 0.9;
/** Multiplications per weight: updating it in a step, and arranging it for the kernels. */
const UPDATED_WEIGHT = 4400;
const ARRANGED_WEIGHT = 770;
/** Multiplications per voxel of a patch: drawing and augmenting it, in threads that share the processor. */
const LOADED_VOXEL = 25_000;
/** Multiplications per voxel of a patch: weighing and adding up what a tile predicts. */
const TILED_VOXEL = 17_000;

/** The settings of a training that its time follows from. */
export type Schedule = Pick<TrainingSettings, 'iterationsPerEpoch' | 'validationIterationsPerEpoch'> & {
  batchSize: number;
};

/** What the trainings and predictions of a configuration take. */
export class ConfigurationWork {
  readonly network: NetworkWork;
  readonly #patchVoxels: number;

  /** @param rules of predictions with its models */
  constructor(
    readonly configuration: string,
    readonly trainer: TrainingDecisions,
    readonly rules: ModelRules,
  ) {
    const { patchSize } = trainer;
    this.network = networkWork(rules.description.network, patchSize);
    this.#patchVoxels = sizeOf(patchSize);
  }

  /** Multiplications of an epoch, of training and validation. */
  epoch({ batchSize, iterationsPerEpoch, validationIterationsPerEpoch }: Schedule): number {
    const { multiplications, parameters } = this.network;
    const loading = LOADED_VOXEL * this.#patchVoxels;
    const step = batchSize * (STEP * multiplications + loading) + UPDATED_WEIGHT * parameters;
    const evaluation = batchSize * (EVALUATION * multiplications + loading) + ARRANGED_WEIGHT * parameters;
    return iterationsPerEpoch * step + validationIterationsPerEpoch * evaluation;
  }

  /** Multiplications of a tile in prediction. */
  get tile(): number {
    return TILE * this.network.multiplications + TILED_VOXEL * this.#patchVoxels;
  }
}
