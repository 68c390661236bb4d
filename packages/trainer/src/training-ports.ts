import type { Batch } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import type { EpochReport } from './finished-epoch.ts';
import type { ClassCounts } from './online-evaluation.ts';
import type { TrainingState } from './training-state.ts';

/** What computes: a network with its loss and optimiser. */
export interface TrainingEngine {
  /** One step of the optimiser. */
  step(batch: Batch, learningRate: number): Promise<{ loss: number; gradientNorm: number }>;
  /** The loss and voxel counts of a batch; nothing changes. */
  evaluate(batch: Batch): Promise<ClassCounts & { loss: number }>;
  /** Copies of the present weights and momenta. @throws where the engine is disposed of */
  snapshot(): Promise<{ weights: WeightMap; momenta: WeightMap }>;
  /** Frees its memory. May be called again. */
  dispose(): Promise<void>;
}

/** Where batches come from. A batch depends on its epoch and iteration alone, so that a resumed training sees the same. */
export interface BatchSource {
  training(epoch: number, iteration: number): Promise<Batch>;
  validation(epoch: number, iteration: number): Promise<Batch>;
}

export type CheckpointKind = 'latest' | 'best' | 'final';

/** What a step depends on beside weights and momenta. */
export interface StepSettings {
  /** Of the state: lower than the optimiser's own after a training has learnt nothing by epoch 100. */
  momentum: number;
  /** Of the training that lies behind. */
  share: number;
  /** Draw all convolutions anew, for a network that has learnt nothing. */
  redraw: boolean;
}

/** The world around a training. */
export interface TrainingPorts {
  engine: TrainingEngine;
  batches: BatchSource;
  /** Stores a checkpoint. The state must be read before the promise settles; it changes afterwards. */
  save(kind: CheckpointKind, state: TrainingState, weights: WeightMap, momenta: WeightMap): Promise<void>;
  /** An engine to go on with, where the step changes in the course of the training; the one before is disposed of. */
  restart(weights: WeightMap, momenta: WeightMap, step: StepSettings): Promise<TrainingEngine>;
  /** A line for people. */
  log(text: string): Promise<void>;
  onEpoch?(report: EpochReport): void | Promise<void>;
  onProgress?(progress: TrainingProgress): void;
  /** Seconds on a steady clock. */
  now(): number;
  signal?: AbortSignal;
}

export interface TrainingProgress {
  phase: 'training' | 'validation';
  /** Number of the running epoch, from 1. */
  epoch: number;
  epochs: number;
  /** Iterations done in this phase of the epoch. */
  iteration: number;
  iterations: number;
  secondsPerIteration: number;
  /** Until the last epoch ends. */
  secondsLeft: number;
}
