import { NnUNetError } from '@nnunet/errors';
import {
  describeV1Model,
  matchV1Weights,
  networkVariantOf,
  type ShippedNetwork,
  torchStateDict,
} from '@nnunet/network/internal';
import type { Configuration, Fold } from '@nnunet/schema';
import type { TorchValue } from '@nnunet/torch-checkpoint';
import { createTrainer, type Trainer } from '@nnunet/trainer';
import { torchOptimizerState } from '@nnunet/trainer/internal';
import type { Checkpoint } from '@nnunet/trainer/node';

/** The training that a checkpoint comes from. v1 stores it, but looks at none of it when it predicts. */
export interface TrainedWhere {
  task: string;
  /** Plans identifier. */
  plans: string;
  fold: Fold;
}

/** The content of the two files of a checkpoint of nnU-Net v1. */
export interface TorchCheckpointV1 {
  /** `<name>.model` */
  model: TorchValue;
  /** `<name>.model.pkl` */
  settings: TorchValue;
}

/**
 * Converts a checkpoint of this program to v1's: weights under all their names, the optimiser's state, the log of the
 * training, and the trainer's name and arguments.
 *
 * @param where name of its file, for error messages
 * @throws NnUNetError 'unknown-trainer' for a trainer that v1 does not have, 'unsupported-network' for a network that v1
 * would not build for it, or of regions that dataset.json declares
 */
export function torchCheckpointV1(checkpoint: Checkpoint, trained: TrainedWhere, where: string): TorchCheckpointV1 {
  const { model, state, momenta } = checkpoint;
  const { trainer: name, plans } = model;
  if (networkVariantOf(name) === undefined) throw unknownTrainer(name, where);
  if (hasDeclaredRegions(model)) throw declaredRegions(where);
  const stateDict = stateDictOf(checkpoint, where);
  const trainer = createTrainer({ plans, configuration: model.configuration as Configuration, trainer: name });
  const { trainLosses, validationLosses, validationMetrics } = state.log;
  return {
    model: {
      epoch: state.epoch,
      state_dict: stateDict,
      optimizer_state_dict: momenta.size === 0 ? null : torchOptimizerState(checkpoint, trainer.optimizer()),
      lr_scheduler_state_dict: null,
      plot_stuff: tuple(trainLosses, validationLosses, [], validationMetrics),
      // v1 begins its averages of the training loss anew where they are None.
      best_stuff: tuple(null, null, state.best),
    },
    settings: {
      init: initArguments(trainer, name, trained),
      name,
      class: `<class '${name}'>`,
      plans: withIntegerKeys(plans),
    },
  };
}

/** The weights as v1 would load them into the network that it builds from the plans and the name of the trainer. */
function stateDictOf({ model, weights }: Checkpoint, where: string): ReturnType<typeof torchStateDict> {
  const { plans, stage, trainer, network } = model;
  if (network.graph !== undefined) throw otherNetwork(model, where);
  const stateDict = torchStateDict(network as ShippedNetwork, weights);
  try {
    matchV1Weights(stateDict, describeV1Model({ plans, stage, trainer, stateDict }).description, trainer);
  } catch (cause) {
    throw otherNetwork(model, where, cause);
  }
  return stateDict;
}

/** Whether the outputs are regions of dataset.json; v1 knows only those of its trainers, and would take these for labels. */
function hasDeclaredRegions({ plans, configuration, trainer, regionClassOrder }: Checkpoint['model']): boolean {
  const { regions: _, regions_class_order: __, ...others } = plans;
  const own = createTrainer({ plans: others, configuration: configuration as Configuration, trainer });
  return regionClassOrder !== null && own.regions() === null;
}

function declaredRegions(where: string): NnUNetError {
  return new NnUNetError('unsupported-network', {
    what: 'this model predicts the regions that the dataset.json of its task asks for; nnU-Net v1 only knows regions of trainers and would take them for labels',
    where,
    remedy: 'Predict with it here, or export it with nnUNet_export_onnx.',
  });
}

function otherNetwork({ network, trainer }: Checkpoint['model'], where: string, cause?: unknown): NnUNetError {
  return new NnUNetError('unsupported-network', {
    what: `nnU-Net v1 cannot build this network (${network.architecture}) from the plans for ${trainer}`,
    where,
    remedy:
      'Export a model that was trained with the plans and a trainer of nnU-Net v1. nnUNet_export_onnx exports others.',
    cause,
  });
}

function unknownTrainer(name: string, where: string): NnUNetError {
  return new NnUNetError('unknown-trainer', {
    what: `the model was trained by ${name}, a trainer that nnU-Net v1 does not have and therefore could not load`,
    where,
    remedy:
      'If its network is that of a trainer of v1, store the name of that trainer in the model with nnUNet_change_trainer_class.',
  });
}

/** The arguments with which v1 creates the trainer: the order of its class. */
function initArguments(trainer: Trainer, name: string, { task, plans, fold }: TrainedWhere): TorchValue {
  const folder = `nnUNet/${trainer.configuration}/${task}/${name}__${plans}`;
  const begin = [`${task}/${plans}_plans_${trainer.stagePlans.patch_size.length}D.pkl`, fold];
  // Dataset folder, batch Dice, stage, unpacking, deterministic.
  const middle = [folder, task, trainer.batchDice(), trainer.stage, true, false];
  const mixedPrecision = false;
  // Rank; distribution of the batch.
  if (/DDP/.test(name)) return tuple(...begin, 0, ...middle, false, mixedPrecision);
  // Number of GPUs, distribution of the batch.
  if (/_DP$/.test(name)) return tuple(...begin, ...middle, 1, false, mixedPrecision);
  if (trainer.trainsCascade())
    return tuple(...begin, ...middle, /V2/.test(name) ? 'nnUNetTrainerV2' : 'nnUNetTrainer', mixedPrecision);
  return tuple(...begin, ...middle, mixedPrecision);
}

/** Dictionaries of v1's plans whose keys are integers. */
const INTEGER_KEYS = new Set([
  'modalities',
  'normalization_schemes',
  'use_mask_for_norm',
  'plans_per_stage',
  'intensityproperties',
]);

/** Converts plans from the form of JSON files, in which all keys are texts, to v1's. */
export function withIntegerKeys(plans: object): TorchValue {
  const converted = (value: unknown, key: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => converted(item, ''));
    const name = (own: string) => (INTEGER_KEYS.has(key) ? Number(own) : own);
    return new Map(Object.entries(value).map(([own, item]) => [name(own), converted(item, own)]));
  };
  return converted(plans, '') as TorchValue;
}

function tuple(...items: TorchValue[]): TorchValue {
  return Object.freeze(items);
}
