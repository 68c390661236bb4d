import type { ModelDescriptionV2 } from '@nnunet/inference/node';
import type { Optimizer } from '@nnunet/network';
import { type ShippedNetwork, torchStateDict } from '@nnunet/network/internal';
import type { Fold } from '@nnunet/schema';
import type { TorchValue } from '@nnunet/torch-checkpoint';
import { writeTorchFile } from '@nnunet/torch-checkpoint/node';
import { torchOptimizerState } from '@nnunet/trainer/internal';
import type { Checkpoint } from '@nnunet/trainer/node';

/** A training of one of nnU-Net v2's networks, with all that its checkpoints say. */
export interface TrainingV2 extends Pick<Checkpoint, 'state' | 'weights' | 'momenta'> {
  model: Pick<ModelDescriptionV2, 'trainer' | 'configuration' | 'network' | 'mirrorAxes'>;
  /** SGD or Adam, so that v2 can continue the training. */
  optimizer: Optimizer;
  fold: Fold;
  /** Content of plans.json. */
  plans: Readonly<Record<string, unknown>>;
  /** Content of dataset.json. */
  dataset: Readonly<Record<string, unknown>>;
}

/**
 * Writes a checkpoint of nnU-Net v2 (`fold_K/checkpoint_final.pth`): v2 predicts with it, with plans.json and dataset.json
 * in the folder above, and continues the training (`nnUNetv2_train --c`). Without momenta, it continues with those of a
 * new training. v2 also keeps the Dice of each class and the time of each epoch: the former are left out, the latter
 * count from the beginning of the training.
 *
 * @throws NnUNetError 'disk-full', 'no-access', …
 */
export async function writeCheckpointV2(file: string, training: TrainingV2): Promise<void> {
  const { model, state, weights, fold, plans, dataset } = training;
  const { trainLosses, validationLosses, validationMetrics, learningRates, epochSeconds } = state.log;
  const ends = runningSums(epochSeconds);
  await writeTorchFile(file, {
    network_weights: torchStateDict(model.network as ShippedNetwork, weights),
    optimizer_state: torchOptimizerState(training, training.optimizer),
    grad_scaler_state: null,
    logging: {
      mean_fg_dice: validationMetrics,
      ema_fg_dice: movingAverages(validationMetrics),
      dice_per_class_or_region: trainLosses.map(() => []),
      train_losses: trainLosses,
      val_losses: validationLosses,
      lrs: learningRates,
      epoch_start_timestamps: ends.map((end, epoch) => end - epochSeconds[epoch]!),
      epoch_end_timestamps: ends,
    },
    _best_ema: state.best,
    current_epoch: state.epoch,
    init_args: {
      plans: plans as TorchValue,
      configuration: model.configuration,
      fold,
      dataset_json: dataset as TorchValue,
      device: 'cpu',
    },
    trainer_name: model.trainer,
    inference_allowed_mirroring_axes: Object.freeze([...model.mirrorAxes]),
  });
}

function runningSums(numbers: readonly number[]): number[] {
  let sum = 0;
  return numbers.map((number) => {
    sum += number;
    return sum;
  });
}

/** v2 gives a new value a tenth of the weight. */
function movingAverages(values: readonly number[]): number[] {
  let average: number | undefined;
  return values.map((value) => {
    average = average === undefined ? value : 0.9 * average + 0.1 * value;
    return average;
  });
}
