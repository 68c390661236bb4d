import type { AugmentationRecipe } from '@nnunet/augment';
import type { Loss, NetworkDescription, Optimizer } from '@nnunet/network';
import type { TrainingLog } from './training-log.ts';
import type { TrainingRules } from './training-rules.ts';
import { defaultSettings, type TrainingSettings } from './training-settings.ts';

/** The decisions of a training, whatever the form of its plans. */
export abstract class TrainingDecisions {
  /** Voxels of the network's patch: (z, y, x), or (y, x). */
  abstract get patchSize(): readonly number[];

  abstract get plannedBatchSize(): number;

  /** Foreground classes, or regions. */
  abstract get classes(): number;

  /** GB of the GPU that the plans were made for. */
  get plannedMemory(): number {
    return 8;
  }

  /** The network, from the plans. */
  abstract network(): NetworkDescription;

  /** Returns how training batches are cropped and augmented. */
  abstract recipe(batchSize: number): AugmentationRecipe;

  /**
   * Returns the learning rate of an epoch.
   *
   * @param share completed fraction of the training, in [0, 1]
   * @param log of the finished epochs
   */
  abstract learningRate(initial: number, share: number, log: TrainingLog): number;

  /**
   * Returns the loss of one output. @param share completed fraction of the training; called again when {@link phase}
   * changes
   */
  abstract loss(share?: number): Loss;

  /** Returns the optimiser. @param share completed fraction of the training; called again when {@link phase} changes */
  abstract optimizer(share?: number): Optimizer;

  /**
   * Returns a number that changes when loss or optimiser change during a training: the step is then rebuilt, at the
   * start of an epoch.
   */
  phase(_share: number): number {
    return 0;
  }

  /**
   * Returns whether the training ends before its last epoch.
   *
   * @param log of the finished epochs
   * @param nextRate learning rate of the next epoch
   */
  hasSettled(_log: TrainingLog, _nextRate: number): boolean {
    return false;
  }

  /**
   * Returns the loss weight of each output, full resolution first; undefined: each half of the previous one, the last
   * 0.
   */
  lossWeights(): number[] | undefined {
    return undefined;
  }

  /** Returns the default settings. */
  settings(): TrainingSettings {
    return defaultSettings;
  }

  /** Axes of the patch along which predictions are mirrored. */
  mirrorAxes(): number[] {
    return this.patchSize.map((_, axis) => axis);
  }

  /** Returns the number of epochs between two `model_latest` checkpoints. */
  checkpointEvery(): number {
    return 50;
  }

  /** Returns what happens if nothing was learnt by an epoch; null for nothing. */
  rescue(): TrainingRules['rescue'] {
    return null;
  }

  /** Returns the course of the training, for {@link TrainingRun}. */
  rules(): TrainingRules {
    return {
      classes: this.classes,
      learningRate: (initial, share, log) => this.learningRate(initial, share, log),
      phase: (share) => this.phase(share),
      hasSettled: (log, nextRate) => this.hasSettled(log, nextRate),
      checkpointEvery: this.checkpointEvery(),
      rescue: this.rescue(),
    };
  }
}
