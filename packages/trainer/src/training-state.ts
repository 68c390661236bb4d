import { NnUNetError } from '@nnunet/errors';
import { emptyTrainingLog, type TrainingLog } from './training-log.ts';
import { resolveSettings, type TrainingSettings, trainingSeconds } from './training-settings.ts';

/**
 * The state of a training: apart from weights and momenta, everything that determines how it continues. Random numbers
 * need no state.
 */
export interface TrainingState {
  settings: TrainingSettings;
  /** Number of finished epochs. */
  epoch: number;
  /** Loss of each finished iteration of the current epoch. */
  iterationLosses: number[];
  /** Momentum of the optimiser, 0 if it has none; lowered once if a training has not started to learn. */
  momentum: number;
  /** Seconds of training so far, over all sessions. */
  elapsedSeconds: number;
  log: TrainingLog;
  /** Moving averages, null before their first value. */
  criterion: number | null;
  trainLossAverage: number | null;
  /** Greatest criterion so far. */
  best: number | null;
  finished: boolean;
}

export function startingState(settings: TrainingSettings, momentum = 0): TrainingState {
  return {
    settings,
    epoch: 0,
    iterationLosses: [],
    momentum,
    elapsedSeconds: 0,
    log: emptyTrainingLog(),
    criterion: null,
    trainLossAverage: null,
    best: null,
    finished: false,
  };
}

/**
 * Returns a stored state with explicit settings applied. More epochs or more time than before reopen a finished
 * training.
 */
export function continuedState(state: TrainingState, given: Partial<TrainingSettings> = {}): TrainingState {
  const settings = resolveSettings(given, state.settings);
  const moreEpochs = given.epochs !== undefined && given.epochs > state.epoch;
  const seconds = trainingSeconds(settings);
  const moreTime = given.timeBudget != null && seconds! > state.elapsedSeconds;
  if (moreEpochs && given.timeBudget === undefined) settings.timeBudget = null;
  return { ...state, settings, finished: state.finished && !moreEpochs && !moreTime };
}

/** Converts a state to plain JSON. NaN becomes null, as in all JSON files of the project. */
export function stateToJson(state: TrainingState): Record<string, unknown> {
  return JSON.parse(JSON.stringify(state));
}

/**
 * Parses a state written by {@link stateToJson}.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-checkpoint'
 */
export function stateFromJson(value: unknown, where: string): TrainingState {
  const json = value as TrainingState;
  const complete =
    typeof json === 'object' &&
    json !== null &&
    Number.isInteger(json.epoch) &&
    Array.isArray(json.iterationLosses) &&
    typeof json.settings === 'object' &&
    typeof json.log === 'object';
  if (!complete) {
    throw new NnUNetError('bad-checkpoint', {
      what: 'this checkpoint does not record the state of its training',
      where,
      remedy: 'It can be used for prediction, but not to continue the training. Train again from the start.',
    });
  }
  const log = emptyTrainingLog();
  for (const key of Object.keys(log) as (keyof TrainingLog)[]) log[key] = numbers(json.log[key] ?? []);
  return { ...json, iterationLosses: numbers(json.iterationLosses), log };
}

function numbers(list: readonly (number | null)[]): number[] {
  return list.map((value) => (value === null ? Number.NaN : value));
}
