import type { Batch } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import type { EpochReport } from './finished-epoch.ts';
import type { ClassCounts } from './online-evaluation.ts';
import type { TrainingState } from './training-state.ts';

/** The computing part of a training: a network with its loss and optimiser. */
export interface TrainingEngine {
  /**
   * Performs one step of the optimiser.
   *
   * @param number of steps before it, from which dropouts are drawn. Default: those of this engine
   */
  step(batch: Batch, learningRate: number, number?: number): Promise<{ loss: number; gradientNorm: number }>;
  /** Computes the loss and voxel counts of a batch without changing any state. */
  evaluate(batch: Batch): Promise<ClassCounts & { loss: number }>;
  /** Returns copies of the current weights and momenta. @throws if the engine has been disposed of */
  snapshot(): Promise<{ weights: WeightMap; momenta: WeightMap }>;
  /** Frees its memory. May be called repeatedly. */
  dispose(): Promise<void>;
}

/**
 * The source of batches. A batch depends only on its epoch and iteration, so that a resumed training sees the same
 * batches.
 */
export interface BatchSource {
  training(epoch: number, iteration: number): Promise<Batch>;
  validation(epoch: number, iteration: number): Promise<Batch>;
}

export type CheckpointKind = 'latest' | 'best' | 'final';

/** What a step depends on apart from weights and momenta. */
export interface StepSettings {
  /** Momentum of the state: lower than the optimiser's own if nothing was learnt by epoch 100. */
  momentum: number;
  /** Completed fraction of the training. */
  share: number;
  /** Redraw all convolutions, for a network that has learnt nothing. */
  redraw: boolean;
}

/** The environment of a training. */
export interface TrainingPorts {
  engine: TrainingEngine;
  batches: BatchSource;
  /** Stores a checkpoint. The state must be read before the promise settles; it changes afterwards. */
  save(kind: CheckpointKind, state: TrainingState, weights: WeightMap, momenta: WeightMap): Promise<void>;
  /** Returns an engine to continue with when the step changes during the training; the previous one is disposed of. */
  restart(weights: WeightMap, momenta: WeightMap, step: StepSettings): Promise<TrainingEngine>;
  /** Writes a line for the user. */
  log(text: string): Promise<void>;
  onEpoch?(report: EpochReport): void | Promise<void>;
  onProgress?(progress: TrainingProgress): void;
  /** Seconds on a steady clock. */
  now(): number;
  signal?: AbortSignal;
}

export interface TrainingProgress {
  phase: 'training' | 'validation';
  /** Number of the current epoch, from 1. */
  epoch: number;
  epochs: number;
  /** Iterations done in this phase of the epoch. */
  iteration: number;
  iterations: number;
  /** Of the last batch. */
  loss: number;
  secondsPerIteration: number;
  /** Until the last epoch ends. */
  secondsLeft: number;
}
