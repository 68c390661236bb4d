import type { ModelDescription } from '@nnunet/inference';
import { type Architectures, shippedArchitectures } from '@nnunet/network';
import type { Configuration, LabelsV2, Plans, StagePlans } from '@nnunet/schema';
import { meaningOfLabels } from '@nnunet/schema/internal';
import { TrainingDecisions } from './training-decisions.ts';

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
 * The decisions of a training by v1's plans, each a small method. To write your own trainer, extend an existing one and
 * override the methods that differ; it is found by its class name.
 */
export abstract class Trainer extends TrainingDecisions {
  readonly plans: Plans;
  readonly configuration: Configuration;
  readonly stage: number;
  protected readonly plannedBatchDice: boolean;
  protected readonly architectures: Architectures;

  constructor({ plans, configuration, stage, batchDice, architectures = shippedArchitectures }: TrainerContext) {
    super();
    this.plans = plans;
    this.configuration = configuration;
    this.stage = stage;
    this.plannedBatchDice = batchDice;
    this.architectures = architectures;
  }

  /** Whether to compute the Dice over the whole batch instead of each sample. */
  batchDice(): boolean {
    return this.plannedBatchDice;
  }

  /**
   * Returns the labels of each region if the network predicts overlapping regions; null for labels. Default: the regions
   * of dataset.json.
   */
  regions(): number[][] | null {
    return this.plans.regions?.map(({ values }) => [...values]) ?? null;
  }

  /** Returns the names of the regions, in order, for the table of their scores. */
  regionNames(): string[] {
    const declared = this.plans.regions ?? [];
    return (this.regions() ?? []).map(
      (labels) => declared.find(({ values }) => values.join() === labels.join())?.name ?? `labels ${labels.join(' ')}`,
    );
  }

  /** Returns the label written for each region, later regions over earlier ones; null without regions. */
  regionClassOrder(): number[] | null {
    const { regions_class_order: order } = this.plans;
    return this.regions() === null || order === undefined ? null : [...order];
  }

  /** Returns the label of voxels that nobody annotated, which count nowhere; null if there is none. */
  ignoreLabel(): number | null {
    return this.plans.ignore_label ?? null;
  }

  /** What is learnt of the labels, for recipe and loss. */
  protected learntLabels(): Pick<LabelsV2, 'all' | 'ignore' | 'regions'> {
    const { all } = meaningOfLabels(this.plans);
    const names = this.regionNames();
    const regions = this.regions()?.map((values, i) => ({ name: names[i]!, values })) ?? null;
    return { all, ignore: this.ignoreLabel(), regions };
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

  get stagePlans(): StagePlans {
    return this.plans.plans_per_stage[this.stage]!;
  }

  override get patchSize(): readonly number[] {
    return this.stagePlans.patch_size;
  }

  override get plannedBatchSize(): number {
    return this.stagePlans.batch_size;
  }

  override get plannedMemory(): number {
    return Number(/_gpu(\d+(?:\.\d+)?)GB/.exec(this.plans.data_identifier)?.[1] ?? super.plannedMemory);
  }

  override get classes(): number {
    return this.regions()?.length ?? this.plans.num_classes;
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
}

export type TrainerClass = new (context: TrainerContext) => Trainer;
