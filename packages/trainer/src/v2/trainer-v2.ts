import type { AugmentationRecipe } from '@nnunet/augment';
import { recipeV2 } from '@nnunet/augment/v2';
import { NnUNetError } from '@nnunet/errors';
import { describeModelV2, type ModelDescriptionV2 } from '@nnunet/inference/internal';
import type { Loss, NetworkDescription, Optimizer } from '@nnunet/network';
import { configurationV2 } from '@nnunet/network/internal';
import { type DiceOptions, diceAndEntropy } from '@nnunet/network/losses';
import { sgd } from '@nnunet/network/optimizers';
import type { LabelsV2 } from '@nnunet/schema';
import { labelsV2, parseOrderedJson } from '@nnunet/schema/internal';
import { polyLearningRate } from '../schedule.ts';
import { TrainingDecisions } from '../training-decisions.ts';
import type { TrainingRules } from '../training-rules.ts';

/** The data that a trainer of nnU-Net v2 is created for. */
export interface TrainerContextV2 {
  /** The content of v2's plans.json. */
  plans: Readonly<Record<string, unknown>>;
  /** v2's dataset.json: its text, or its content, which loses the order of regions that have numbers as names. */
  dataset: Readonly<Record<string, unknown>> | string;
  /** A key of the plans' configurations. */
  configuration: string;
  /** The folder of these files, for error messages. */
  where?: string;
}

/** What a configuration of v2's plans says of its training. */
interface PlannedTraining {
  batch_size: number;
  batch_dice: boolean;
  data_identifier: string;
}

/**
 * nnU-Net v2's default trainer, called nnUNetTrainer there: the network of the plans with deep supervision, Dice and
 * cross-entropy without the voxels of an ignore label, SGD with Nesterov momentum, polynomial schedule, and the
 * augmentation of {@link recipeV2}. v1's trainers need v1's plans, this one v2's.
 *
 * Origin: v2's nnUNetTrainer.
 */
export class TrainerV2 extends TrainingDecisions {
  /** The name that v2 gives it, in folders and checkpoints. */
  static readonly trainerName: string = 'nnUNetTrainer';

  readonly context: TrainerContextV2;
  /** The content of dataset.json. */
  readonly dataset: Readonly<Record<string, unknown>>;
  readonly model: ModelDescriptionV2;
  readonly labels: LabelsV2;
  readonly #planned: PlannedTraining;

  /**
   * @throws NnUNetError 'bad-plans', 'bad-dataset', and the other errors of reading a model of v2
   */
  constructor(context: TrainerContextV2) {
    super();
    const { plans, configuration, where = 'nnU-Net v2' } = context;
    this.context = context;
    const { dataset, labels } = readDataset(context.dataset, `${where}/dataset.json`);
    this.dataset = dataset;
    this.labels = labels;
    this.model = describeModelV2({
      plans: { ...plans },
      dataset: { ...dataset },
      trainer: this.trainerName,
      configuration,
      mirrorAxes: [0, 1, 2],
      where,
    });
    this.#planned = plannedTraining(plans, configuration, where);
  }

  get trainerName(): string {
    return (this.constructor as typeof TrainerV2).trainerName;
  }

  /** Name of the folder with the prepared cases. */
  get dataIdentifier(): string {
    return this.#planned.data_identifier;
  }

  /** Whether the labels of a previous stage are an input. */
  get needsPreviousStage(): boolean {
    return this.model.previousLabels !== null;
  }

  /** Ending of the images' and labels' names, with the dot. */
  get fileEnding(): string {
    return String(this.dataset.file_ending ?? '.nii.gz');
  }

  override get patchSize(): readonly number[] {
    return this.model.patchSize;
  }

  override get plannedBatchSize(): number {
    return this.#planned.batch_size;
  }

  override get classes(): number {
    return this.labels.regions?.length ?? this.labels.foreground.length;
  }

  override network(): NetworkDescription {
    return this.model.network;
  }

  override recipe(batchSize: number): AugmentationRecipe {
    const { pools, deepSupervision } = this.network();
    const { useMaskForNorm, spacing } = this.model.preprocessing;
    const { foreground, ignore } = this.labels;
    return {
      ...recipeV2({
        patchSize: this.patchSize,
        batchSize,
        labels: this.labels,
        ...(deepSupervision ? { poolKernels: pools } : {}),
        cascade: this.needsPreviousStage,
        maskedChannels: useMaskForNorm.flatMap((masked, channel) => (masked ? [channel] : [])),
      }),
      spacing: spacing.length === 2 ? [1, ...spacing] : [...spacing],
      labels: ignore === null ? foreground : [...foreground, ignore],
    };
  }

  override learningRate(initial: number, share: number): number {
    return polyLearningRate(initial, share);
  }

  override loss(): Loss {
    return this.lossOf();
  }

  /** The settings of the Dice by plans and dataset.json. */
  protected diceOptions(): Required<DiceOptions> & { ignoreLabel: number | undefined } {
    const { ignore } = this.labels;
    const { batch_dice: batchDice } = this.#planned;
    return { batchDice, smooth: 1e-5, denominator: 'least', ignoreLabel: ignore ?? undefined };
  }

  /** The loss of labels or of regions, with other settings of the Dice. */
  protected lossOf(changes: Partial<DiceOptions> = {}): Loss {
    return diceAndEntropy({ ...this.diceOptions(), ...changes, regions: this.labels.regions !== null });
  }

  override optimizer(): Optimizer {
    return sgd;
  }

  override rules(): TrainingRules {
    return { ...super.rules(), savesFirstBest: true, tellsOwnRate: true };
  }
}

export type TrainerClassV2 = typeof TrainerV2;

function readDataset(
  given: TrainerContextV2['dataset'],
  where: string,
): { dataset: Readonly<Record<string, unknown>>; labels: LabelsV2 } {
  const { value, keysOf } =
    typeof given === 'string' ? parseOrderedJson(given, where) : { value: given, keysOf: Object.keys };
  const dataset = Object(value) as Record<string, unknown>;
  const byName = Object(dataset.labels) as Record<string, unknown>;
  const entries = keysOf(byName).map((name) => [name, byName[name]] as const);
  const labels = labelsV2(entries, dataset.regions_class_order, where);
  const names = (labels.regions ?? []).map(({ name }) => name);
  const numbers = names.filter((name) => /^\d+$/.test(name));
  if (typeof given === 'string' || names.length < 2 || numbers.length === 0) return { dataset, labels };
  throw new NnUNetError('bad-dataset', {
    what: `the order of the regions is not known, as some have numbers as names: ${numbers.join(', ')}`,
    where,
    remedy: 'Give the text of the file as `dataset`.',
  });
}

function plannedTraining(
  plans: Readonly<Record<string, unknown>>,
  configuration: string,
  where: string,
): PlannedTraining {
  const own = configurationV2(plans, configuration, `${where}/plans.json`) as unknown as Record<string, unknown>;
  const { batch_size, batch_dice, data_identifier } = own;
  const check = (key: string, right: boolean, expected: string) => {
    if (right) return;
    throw new NnUNetError('bad-plans', {
      what: `configuration ${configuration}: "${key}": ${expected} expected, found ${JSON.stringify(own[key])}`,
      where: `${where}/plans.json`,
      remedy: 'Plan the dataset again.',
    });
  };
  check('batch_size', Number.isInteger(batch_size) && (batch_size as number) > 0, 'a number of samples');
  check('batch_dice', typeof batch_dice === 'boolean', 'true or false');
  check('data_identifier', typeof data_identifier === 'string' && data_identifier !== '', 'the name of a folder');
  return own as unknown as PlannedTraining;
}
