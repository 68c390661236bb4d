import { NnUNetError } from '@nnunet/errors';
import { requirePositive } from '@nnunet/errors/internal';
import type { Fingerprint, NormalizationScheme, Plans, StagePlans } from '@nnunet/schema';
import { learntOf } from '@nnunet/schema/internal';
import { median } from '@nnunet/tensor/internal';
import { HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0 } from './lowres.ts';
import { estimateMemory } from './memory-estimate.ts';
import { chooseMaskForNormalization, chooseNormalization } from './normalization.ts';
import { perAxis } from './percentile.ts';
import { percentileSpacing } from './target-spacing.ts';
import { poolBySpacing, type Topology, type TopologyRule } from './topology.ts';
import { chooseTranspose, reorder, type Transpose } from './transpose.ts';

/** GPU memory (GB) that v1's memory reference corresponds to. */
export const DEFAULT_GPU_MEMORY_TARGET = 8;

export interface PlannerOptions {
  /** GPU memory to plan for, in GB; scales the planner's memory reference by target / 8. Default: v1's values. */
  gpuMemoryTarget?: number;
  /** See {@link HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0}. 3D only. */
  howMuchOfAPatientMustTheNetworkSeeAtStage0?: number;
  /** Only written to the plans; if given, its length is the number of cases. */
  listOfNpzFiles?: readonly string[];
  /** Only written to the plans. */
  preprocessedDataFolder?: string;
}

/** Input for planning a stage, in network axis order. */
export interface StageInput {
  /** mm, three values. */
  currentSpacing: readonly number[];
  /** Spacing at full resolution, mm. */
  originalSpacing: readonly number[];
  /** Median shape at full resolution, voxels, unrounded. */
  medianShape: readonly number[];
  cases: number;
  modalities: number;
  /** Including background. */
  classes: number;
}

/** What determined a stage's patch and batch, recorded during planning. Memory is in the planner's own measure. */
export interface StageDecision {
  /** The padded patch before reduction, voxels, network order. */
  firstPatch: readonly number[];
  firstEstimate: number;
  /** Memory estimate of the chosen patch. */
  estimate: number;
  /** Upper limit of the memory estimate. */
  memoryLimit: number;
  /**
   * The batch size that fits in memory, and the one that {@link PlannerBase.maxShareOfDatasetPerBatch} allows, both
   * before they are raised to the minimum.
   */
  batchByMemory: number;
  batchByDataset: number;
}

/** Input for planning all stages, in network order, and the axis reordering itself. */
export interface PlanningContext extends StageInput {
  /** Target spacing, mm, in image axis order. */
  targetSpacing: readonly number[];
  transpose: Transpose;
}

/**
 * Base class of all planners. Planners are looked up by class name; your own extends {@link ExperimentPlanner3D_v21} or
 * {@link ExperimentPlanner2D_v21} and overrides fields or small methods.
 */
export abstract class PlannerBase {
  /** First part of the plans file's name and last part of the model folders' names: v1's `-p`. */
  abstract plansIdentifier: string;
  /** Prefix of the preprocessed data folders. */
  abstract dataIdentifier: string;
  abstract preprocessorName: string;
  /** '3D' or '2D', as at the end of the plans file's name. */
  abstract readonly dimensions: '3D' | '2D';
  /** Number of features at which the estimate stops doubling. */
  abstract maxFeatures: number;

  /** False if the planner shares the preprocessed data of another planner, which must exist. */
  runsPreprocessing = true;
  /**
   * Name of the architecture to train, unless the trainer names another; see also {@link memory}. Default: v1's.
   */
  architecture?: string;
  baseFeatures = 32;
  convPerStage = 2;
  minBatchSize = 2;
  referenceBatchSize = 2;
  minFeatureMapEdge = 4;
  maxPoolings = 999;
  targetSpacingPercentile = 50;
  anisotropyThreshold = 3;
  /** Largest fraction of all voxels of the dataset in one batch. */
  maxShareOfDatasetPerBatch = 0.05;
  topologyRule: TopologyRule = poolBySpacing;

  /** Describes which axis of a patch is reduced first if memory is short; must match {@link weighAxes}. */
  cutsFirst = 'the axis along which the patch covers the largest part of the median case';

  readonly #decisions = new Map<string, StageDecision>();
  readonly fingerprint: Fingerprint;
  readonly options: PlannerOptions;

  constructor(fingerprint: Fingerprint, options: PlannerOptions = {}) {
    checkFingerprint(fingerprint);
    checkPlannerOptions(options);
    this.fingerprint = fingerprint;
    this.options = options;
  }

  /** Identifier of the plans, v1's `-p`. Plans for a different GPU memory have their own, `…_gpu4GB`. */
  get fullPlansIdentifier(): string {
    return this.plansIdentifier + this.#memoryTargetSuffix();
  }

  /** Identifier of the data preprocessed with these plans. Data shared with another planner keeps its name. */
  get fullDataIdentifier(): string {
    return this.dataIdentifier + (this.runsPreprocessing ? this.#memoryTargetSuffix() : '');
  }

  /** Name of the plans file, e.g. `nnUNetPlansv2.1_plans_3D.json`. */
  get plansFileName(): string {
    return `${this.fullPlansIdentifier}_plans_${this.dimensions}.json`;
  }

  /** Memory estimate of the largest allowed patch; a batch of {@link referenceBatchSize} such patches fits a GPU. */
  abstract memoryReference(): number;

  /** Target spacing in mm, image axis order. */
  targetSpacing(): number[] {
    return percentileSpacing(this.fingerprint.all_spacings, this.targetSpacingPercentile);
  }

  /** Normalisation scheme per channel index. */
  normalizationSchemes(): Record<string, NormalizationScheme> {
    return chooseNormalization(this.fingerprint.modalities);
  }

  useMaskForNormalization(): Record<string, boolean> {
    return chooseMaskForNormalization(this.fingerprint.modalities, Object.values(this.fingerprint.size_reductions));
  }

  /** Plans one stage: patch, batch, poolings and kernels. */
  abstract planStage(input: StageInput): StagePlans;

  /** Plans all stages, coarsest first. */
  abstract planStages(context: PlanningContext): StagePlans[];

  /** What determined a stage planned by this planner; undefined if its rules record nothing. */
  decisionOf(stage: StagePlans): StageDecision | undefined {
    return this.#decisions.get(stage.current_spacing.join());
  }

  protected noteDecision(spacing: readonly number[], decision: StageDecision): void {
    this.#decisions.set(spacing.join(), decision);
  }

  plan(): Plans {
    const { fingerprint, options } = this;
    const targetSpacing = this.targetSpacing();
    const { forward, backward } = chooseTranspose(targetSpacing);
    const shapes = fingerprint.all_spacings.map((spacing, i) =>
      spacing.map((mm, axis) => (mm / targetSpacing[axis]!) * fingerprint.all_sizes[i]![axis]!),
    );
    const spacing = reorder(targetSpacing, forward);
    const stages = this.planStages({
      targetSpacing,
      transpose: { forward, backward },
      currentSpacing: spacing,
      originalSpacing: spacing,
      medianShape: reorder(perAxis(shapes, median), forward),
      cases: options.listOfNpzFiles?.length || fingerprint.all_sizes.length,
      modalities: Object.keys(fingerprint.modalities).length,
      classes: fingerprint.all_classes.length + 1,
    });
    return {
      num_stages: stages.length,
      num_modalities: Object.keys(fingerprint.modalities).length,
      modalities: fingerprint.modalities,
      normalization_schemes: this.normalizationSchemes(),
      dataset_properties: fingerprint,
      list_of_npz_files: [...(options.listOfNpzFiles ?? [])],
      original_spacings: fingerprint.all_spacings,
      original_sizes: fingerprint.all_sizes,
      preprocessed_data_folder: options.preprocessedDataFolder ?? '',
      num_classes: fingerprint.all_classes.length,
      ...learntOf(fingerprint),
      base_num_features: this.baseFeatures,
      use_mask_for_norm: this.useMaskForNormalization(),
      keep_only_largest_region: null,
      min_region_size_per_class: null,
      min_size_per_class: null,
      transpose_forward: forward,
      transpose_backward: backward,
      data_identifier: this.fullDataIdentifier,
      plans_per_stage: Object.fromEntries(stages.map((stage, i) => [String(i), stage])),
      preprocessor_name: this.preprocessorName,
      ...(this.architecture === undefined ? {} : { architecture: this.architecture }),
    };
  }

  /** Poolings and kernels for a patch (voxels) and spacing (mm), both in network order. */
  protected topology(spacing: readonly number[], patch: readonly number[]): Topology {
    const { minFeatureMapEdge, maxPoolings } = this;
    return this.topologyRule(spacing, patch, { minFeatureMapEdge, maxPoolings });
  }

  /** Memory estimate that a training step may reach. */
  protected memoryLimit(): number {
    return (
      this.memoryReference() * ((this.options.gpuMemoryTarget ?? DEFAULT_GPU_MEMORY_TARGET) / DEFAULT_GPU_MEMORY_TARGET)
    );
  }

  #memoryTargetSuffix(): string {
    const target = this.options.gpuMemoryTarget ?? DEFAULT_GPU_MEMORY_TARGET;
    return target === DEFAULT_GPU_MEMORY_TARGET ? '' : `_gpu${target}GB`;
  }

  /** Weights that determine which axis of a patch is reduced next: the one with the largest weight. */
  protected weighAxes(patch: readonly number[], medianShape: readonly number[], _spacing: readonly number[]): number[] {
    return patch.map((edge, axis) => edge / medianShape[axis]!);
  }

  /**
   * Returns the memory estimate of one patch, in the measure of {@link memoryReference}. Override it for an architecture
   * that needs more or less than v1's U-Net.
   */
  protected memory(topology: Topology, input: StageInput, baseFeatures = this.baseFeatures): number {
    return estimateMemory({
      patch: topology.patch,
      poolKernels: topology.poolKernels,
      baseFeatures,
      maxFeatures: this.maxFeatures,
      modalities: input.modalities,
      classes: input.classes,
      convPerStage: this.convPerStage,
    });
  }
}

/** @throws NnUNetError 'usage' for numbers that are not greater than 0 */
export function checkPlannerOptions(options: PlannerOptions): void {
  requirePositive('gpuMemoryTarget', options.gpuMemoryTarget);
  requirePositive('howMuchOfAPatientMustTheNetworkSeeAtStage0', options.howMuchOfAPatientMustTheNetworkSeeAtStage0);
}

function checkFingerprint(fingerprint: Fingerprint): void {
  const { all_sizes, all_spacings, all_classes, modalities, size_reductions } = fingerprint;
  const complaint =
    all_sizes.length === 0 || Object.keys(size_reductions).length === 0
      ? 'it describes no cases'
      : all_sizes.length !== all_spacings.length
        ? `it has ${all_sizes.length} sizes and ${all_spacings.length} spacings`
        : [...all_sizes, ...all_spacings].some((row) => row.length !== 3 || !row.every((value) => value > 0))
          ? 'sizes and spacings must be three positive numbers per case'
          : Object.keys(modalities).length === 0
            ? 'it names no modality'
            : all_classes.length === 0
              ? 'it names no foreground label'
              : null;
  if (complaint === null) return;
  throw new NnUNetError('bad-fingerprint', {
    what: `this fingerprint cannot be planned for: ${complaint}`,
    remedy: 'Extract the fingerprint again from the cropped cases of the dataset.',
  });
}
