import type { AugmentationRecipe } from '@nnunet/augment';
import type { ModelDescription } from '@nnunet/inference';
import {
  type Architectures,
  type Loss,
  type NetworkDescription,
  type Optimizer,
  shippedArchitectures,
} from '@nnunet/network';
import type { Configuration, Plans, StagePlans } from '@nnunet/schema';
import type { TrainingLog } from './training-log.ts';
import type { TrainingRules } from './training-rules.ts';
import { defaultSettings, type TrainingSettings } from './training-settings.ts';

/** The data that a trainer is created for. */
export interface TrainerContext {
  plans: Plans;
  configuration: Configuration;
  /** Key of plans.plans_per_stage. */
  stage: number;
  /** The configuration's default choice between batch and sample Dice. */
  batchDice: boolean;
  /** Where the name of the network's architecture is looked up. Default: the built-in ones. */
  architectures?: Architectures;
}

/**
 * The decisions of a training, each a small method. To write your own trainer, extend an existing one and override the
 * methods that differ; it is found by its class name.
 */
export abstract class Trainer {
  readonly plans: Plans;
  readonly configuration: Configuration;
  readonly stage: number;
  protected readonly plannedBatchDice: boolean;
  protected readonly architectures: Architectures;

  constructor({ plans, configuration, stage, batchDice, architectures = shippedArchitectures }: TrainerContext) {
    this.plans = plans;
    this.configuration = configuration;
    this.stage = stage;
    this.plannedBatchDice = batchDice;
    this.architectures = architectures;
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

  /** Whether to compute the Dice over the whole batch instead of each sample. */
  batchDice(): boolean {
    return this.plannedBatchDice;
  }

  /** Axes of the patch along which predictions are mirrored. */
  mirrorAxes(): number[] {
    return this.stagePlans.patch_size.map((_, axis) => axis);
  }

  /** Returns the labels of each region if the network predicts overlapping regions; null for labels. */
  regions(): number[][] | null {
    return null;
  }

  /** Returns the names of the regions, in order, for the table of their scores. */
  regionNames(): string[] {
    return (this.regions() ?? []).map((labels) => `labels ${labels.join(' ')}`);
  }

  /** Returns the label written for each region, later regions over earlier ones; null without regions. */
  regionClassOrder(): number[] | null {
    return null;
  }

  nonlinearity(): ModelDescription['nonlinearity'] {
    return this.regions() === null ? 'softmax' : 'sigmoid';
  }

  /** Whether the network also sees the labels predicted by the previous stage. */
  needsPreviousStage(): boolean {
    return this.configuration === '3d_cascade_fullres';
  }

  /** Returns true for trainers of a cascade's second stage, which train nothing else. */
  trainsCascade(): boolean {
    return false;
  }

  /** Returns the number of epochs between two `model_latest` checkpoints. */
  checkpointEvery(): number {
    return 50;
  }

  /** Returns what happens if nothing was learnt by an epoch; null for nothing. */
  rescue(): TrainingRules['rescue'] {
    return null;
  }

  get stagePlans(): StagePlans {
    return this.plans.plans_per_stage[this.stage]!;
  }

  /** Returns the description of the model for prediction; stored in every checkpoint. */
  describeModel(): ModelDescription {
    const regions = this.regions();
    const names = this.regionNames();
    return {
      trainer: this.constructor.name,
      configuration: this.configuration,
      stage: this.stage,
      plans: this.plans,
      network: this.network(),
      mirrorAxes: this.mirrorAxes(),
      nonlinearity: this.nonlinearity(),
      regionClassOrder: this.regionClassOrder(),
      ...(regions === null ? {} : { regions: Object.fromEntries(regions.map((labels, r) => [names[r], labels])) }),
    };
  }

  /** Returns the course of the training, for {@link TrainingRun}. */
  rules(): TrainingRules {
    return {
      classes: this.regions()?.length ?? this.plans.num_classes,
      learningRate: (initial, share, log) => this.learningRate(initial, share, log),
      phase: (share) => this.phase(share),
      hasSettled: (log, nextRate) => this.hasSettled(log, nextRate),
      checkpointEvery: this.checkpointEvery(),
      rescue: this.rescue(),
    };
  }
}

export type TrainerClass = new (context: TrainerContext) => Trainer;
