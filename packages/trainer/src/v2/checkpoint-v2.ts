import { NnUNetError } from '@nnunet/errors';
import type { WeightMap } from '@nnunet/inference';
import { readTorchWeights, tensorsOf } from '@nnunet/inference/internal';
import {
  matchV2Weights,
  momentumName,
  momentumShapes,
  type ShippedNetwork,
  torchStateDict,
  trainableShapes,
} from '@nnunet/network/internal';
import { sizeOf } from '@nnunet/tensor';
import { isTorchTensor, type TorchValue } from '@nnunet/torch-checkpoint';
import { MovingAverage } from '../moving-average.ts';
import { torchNamesOfKept, torchOptimizerState } from '../torch-optimizer-state.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { startingState, stateFromJson, stateToJson, type TrainingState } from '../training-state.ts';
import type { TrainerV2 } from './trainer-v2.ts';

/** What v2's log has of each epoch beside that of a {@link TrainingState}. */
export interface EpochHistoryV2 {
  /** Online Dice of every class or region. */
  dice: number[][];
  /** Seconds since 1970. */
  starts: number[];
  ends: number[];
}

/** A training by nnU-Net v2's rules, as it is stored. */
export interface CheckpointV2 {
  state: TrainingState;
  weights: WeightMap;
  /** Default: zeros. */
  momenta?: WeightMap;
  history: EpochHistoryV2;
}

/** Key of a {@link TrainingState} in a checkpoint, which v2 does not read. */
const STATE = 'training_state';

/**
 * Converts a training to what nnU-Net v2 stores in `checkpoint_*.pth`: its program predicts with it and continues it. The
 * settings of this program are kept under a key of their own.
 *
 * Origin: v2's nnUNetTrainer.save_checkpoint.
 */
export function torchCheckpointV2(
  { state, weights, momenta = new Map(), history }: CheckpointV2,
  trainer: TrainerV2,
  fold: number | 'all',
): TorchValue {
  const { plans, configuration } = trainer.context;
  const network = trainer.network();
  const { trainLosses, validationLosses, validationMetrics, learningRates } = state.log;
  return {
    network_weights: torchStateDict(network as ShippedNetwork, weights),
    optimizer_state: torchOptimizerState(
      { momenta: trainedOnes(momenta, trainer), state, model: { network } },
      trainer.optimizer(),
    ),
    grad_scaler_state: null,
    logging: {
      mean_fg_dice: validationMetrics,
      ema_fg_dice: averagesOf(validationMetrics),
      dice_per_class_or_region: history.dice,
      train_losses: trainLosses,
      val_losses: validationLosses,
      lrs: learningRates,
      epoch_start_timestamps: history.starts,
      epoch_end_timestamps: history.ends,
    },
    _best_ema: state.best,
    current_epoch: state.epoch,
    init_args: { plans, configuration, fold, dataset_json: trainer.dataset, device: 'cpu' } as TorchValue,
    trainer_name: trainer.trainerName,
    inference_allowed_mirroring_axes: mirroringOf(trainer.mirrorAxes()),
    [STATE]: JSON.stringify(stateToJson(state)),
  };
}

/** v2's prediction fails on an empty tuple: its trainers without mirroring store None. */
function mirroringOf(axes: number[]): TorchValue {
  return axes.length === 0 ? null : Object.freeze(axes);
}

/**
 * Without those of heads that the loss leaves out, of which v2's optimiser knows nothing: with deep supervision the one of
 * the lowest resolution, without it all but the highest.
 */
function trainedOnes(momenta: WeightMap, trainer: TrainerV2): WeightMap {
  const { pools, deepSupervision } = trainer.network();
  const others = pools.length - 1;
  const untrained = Array.from({ length: deepSupervision ? Math.min(1, others) : others }, (_, i) => `decoder.seg_layers.${i}.`); // biome-ignore format: a row
  return new Map([...momenta].filter(([name]) => !untrained.some((head) => name.startsWith(head))));
}

/** The moving average after each epoch; NaN before the first value. */
function averagesOf(metrics: readonly number[]): number[] {
  const average = new MovingAverage(0.9);
  return metrics.map((metric) => {
    average.add(metric);
    return average.value ?? Number.NaN;
  });
}

/**
 * Reads a checkpoint of nnU-Net v2, written by v2 or by this program.
 *
 * @param content of the opened file, whose tensors can still be read
 * @param settings of a training that v2 began
 * @param where its file, for error messages
 * @throws NnUNetError 'bad-checkpoint', 'bad-weights'
 */
export async function readCheckpointV2(
  content: unknown,
  trainer: TrainerV2,
  settings: TrainingSettings,
  where: string,
): Promise<CheckpointV2> {
  const entries = content instanceof Map ? (content as Map<string, unknown>) : new Map<string, unknown>();
  const network = trainer.network();
  const matched = matchV2Weights(tensorsOf(content, 'network_weights', where), network);
  const logging = mapOf(entries.get('logging'));
  const { state } = trainingInV2(content, startingState(settings, trainer.optimizer().momentum), where);
  const dice = logging.get('dice_per_class_or_region');
  return {
    state,
    weights: await readTorchWeights(matched, where),
    momenta: await momentaOf(entries.get('optimizer_state'), trainer, where),
    history: {
      dice: Array.isArray(dice) ? dice.map((row) => numbers(row)) : [],
      starts: numbers(logging.get('epoch_start_timestamps')),
      ends: numbers(logging.get('epoch_end_timestamps')),
    },
  };
}

/**
 * What a checkpoint of nnU-Net v2 says of its training, apart from weights.
 *
 * @param begun the start of a training that v2 began, with its settings
 * @returns `knowsSettings`: whether the checkpoint is of this program, which stores them
 * @throws NnUNetError 'bad-checkpoint'
 */
export function trainingInV2(
  content: unknown,
  begun: TrainingState,
  where: string,
): { state: TrainingState; knowsSettings: boolean } {
  const entries = content instanceof Map ? (content as Map<string, unknown>) : new Map<string, unknown>();
  const own = entries.get(STATE);
  return typeof own === 'string'
    ? { state: stateFromJson(parsed(own, where), where), knowsSettings: true }
    : { state: stateOf(entries, mapOf(entries.get('logging')), begun, where), knowsSettings: false };
}

/** The state of a training by v2's program, which counts epochs alone. */
function stateOf(
  entries: ReadonlyMap<string, unknown>,
  logging: ReadonlyMap<unknown, unknown>,
  begun: TrainingState,
  where: string,
): TrainingState {
  const epoch = entries.get('current_epoch');
  if (!Number.isInteger(epoch)) throw badCheckpoint('does not say how many epochs it was trained for', where);
  const best = entries.get('_best_ema');
  const list = (key: string) => numbers(logging.get(key)).slice(0, epoch as number);
  const [starts, ends] = [list('epoch_start_timestamps'), list('epoch_end_timestamps')];
  return {
    ...begun,
    epoch: epoch as number,
    log: {
      trainLosses: list('train_losses'),
      validationLosses: list('val_losses'),
      validationMetrics: list('mean_fg_dice'),
      learningRates: list('lrs'),
      epochSeconds: ends.map((end, i) => end - starts[i]!),
      waitingShares: ends.map(() => 0),
    },
    criterion: list('ema_fg_dice').at(-1) ?? null,
    best: typeof best === 'number' && !Number.isNaN(best) ? best : null,
    finished: (epoch as number) >= begun.settings.epochs,
  };
}

/** The optimiser's momenta by the names of the weights: PyTorch numbers the parameters of the network. */
async function momentaOf(optimizer: unknown, trainer: TrainerV2, where: string): Promise<WeightMap> {
  const stored = mapOf(mapOf(optimizer).get('state'));
  const network = trainer.network();
  const momenta: WeightMap = new Map(
    momentumShapes(network, trainer.optimizer()).map(({ name, shape }) => [
      name,
      { data: new Float32Array(sizeOf(shape)), shape: [...shape] },
    ]),
  );
  const { kept, counts } = torchNamesOfKept(trainer.optimizer()) ?? { kept: {}, counts: false };
  for (const [index, { name, shape }] of trainableShapes(network).entries()) {
    const values = mapOf(stored.get(index));
    for (const [key, own] of Object.entries(kept)) {
      const tensor = values.get(key);
      if (!isTorchTensor(tensor)) continue;
      if (tensor.shape.join() !== shape.join())
        throw badCheckpoint(`the momentum of ${name} has the shape ${tensor.shape.join(' x ')}`, where);
      const place = momentumName(name, own);
      momenta.set(place, (await readTorchWeights(new Map([[place, tensor]]), where)).get(place)!);
    }
    const step = values.get('step');
    if (!counts || !isTorchTensor(step)) continue;
    const { data } = (await readTorchWeights(new Map([['step', step]]), where)).get('step')!;
    momenta.set('step', { data, shape: [1] });
  }
  return momenta;
}

function mapOf(value: unknown): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map();
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map((entry) => (typeof entry === 'number' ? entry : Number.NaN)) : [];
}

function parsed(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw badCheckpoint(`"${STATE}" is not JSON`, where);
  }
}

function badCheckpoint(what: string, where: string): NnUNetError {
  return new NnUNetError('bad-checkpoint', {
    what,
    where,
    remedy: 'The file is damaged or was not written by nnU-Net v2. Continue from another checkpoint, or train again.',
  });
}
