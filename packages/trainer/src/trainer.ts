import type { AugmentationRecipe } from '@nnunet/augment';
import type { ModelDescription } from '@nnunet/inference';
import type { Loss, NetworkDescription, OptimizerOptions } from '@nnunet/network';
import type { Configuration, Plans, StagePlans } from '@nnunet/schema';
import type { TrainingLog } from './training-log.ts';
import type { TrainingRules } from './training-rules.ts';
import { defaultSettings, type TrainingSettings } from './training-settings.ts';

/** What a trainer is made for. */
export interface TrainerContext {
  plans: Plans;
  configuration: Configuration;
  /** Key of plans.plans_per_stage. */
  stage: number;
  /** The configuration's own choice between batch and sample Dice. */
  batchDice: boolean;
}

/**
 * The decisions of a training, each a small method. A trainer of your own extends a trainer that is there, overrides what
 * shall differ, and is found by the name of its class.
 */
export abstract class Trainer {
  readonly plans: Plans;
  readonly configuration: Configuration;
  readonly stage: number;
  protected readonly plannedBatchDice: boolean;

  constructor({ plans, configuration, stage, batchDice }: TrainerContext) {
    this.plans = plans;
    this.configuration = configuration;
    this.stage = stage;
    this.plannedBatchDice = batchDice;
  }

  /** The network, from the plans. */
  abstract network(): NetworkDescription;

  /** How training batches are cut and augmented. */
  abstract recipe(batchSize: number): AugmentationRecipe;

  /**
   * Learning rate of an epoch.
   *
   * @param share of the training that lies behind, in [0, 1]
   * @param log of the epochs that lie behind
   */
  abstract learningRate(initial: number, share: number, log: TrainingLog): number;

  /** The loss of one output. @param share of the training that lies behind; asked for again when {@link phase} changes */
  abstract loss(share?: number): Loss;

  /** @param share of the training that lies behind; asked for again when {@link phase} changes */
  abstract optimizer(share?: number): OptimizerOptions;

  /** Changes where loss or optimiser change in the course of a training: a new step is built then, at the start of an epoch. */
  phase(_share: number): number {
    return 0;
  }

  /**
   * Whether the training ends before its last epoch.
   *
   * @param log of the epochs that lie behind
   * @param nextRate learning rate of the epoch that would follow
   */
  hasSettled(_log: TrainingLog, _nextRate: number): boolean {
    return false;
  }

  /** Weight of the loss of each output, full resolution first; undefined: halved from one to the next, the last 0. */
  lossWeights(): number[] | undefined {
    return undefined;
  }

  /** Numbers that hold where a user gives none. */
  settings(): TrainingSettings {
    return defaultSettings;
  }

  /** Dice over the whole batch instead of each sample. */
  batchDice(): boolean {
    return this.plannedBatchDice;
  }

  /** Axes of the patch along which predictions are mirrored. */
  mirrorAxes(): number[] {
    return this.stagePlans.patch_size.map((_, axis) => axis);
  }

  /** Labels of each region, where the network shall predict overlapping regions; null for labels. */
  regions(): number[][] | null {
    return null;
  }

  /** Names of the regions, in their order, for the table of their scores. */
  regionNames(): string[] {
    return (this.regions() ?? []).map((labels) => `labels ${labels.join(' ')}`);
  }

  /** Label that each region is written with, later regions over earlier ones; null without regions. */
  regionClassOrder(): number[] | null {
    return null;
  }

  nonlinearity(): ModelDescription['nonlinearity'] {
    return this.regions() === null ? 'softmax' : 'sigmoid';
  }

  /** Whether the network also sees the labels predicted by the stage before. */
  needsPreviousStage(): boolean {
    return this.configuration === '3d_cascade_fullres';
  }

  /** True for trainers of a cascade's second stage; those train it, and nothing else. */
  trainsCascade(): boolean {
    return false;
  }

  /** Epochs between two `model_latest`. */
  checkpointEvery(): number {
    return 50;
  }

  /** What happens if nothing was learnt by an epoch; null: nothing. */
  rescue(): TrainingRules['rescue'] {
    return null;
  }

  get stagePlans(): StagePlans {
    return this.plans.plans_per_stage[this.stage]!;
  }

  /** What prediction needs to know of the model; stored in every checkpoint. */
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

  /** Course of the training, for {@link TrainingRun}. */
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
