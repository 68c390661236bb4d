import { NnUNetError, usageError } from '@nnunet/errors';
import type { FingerprintV2 } from '@nnunet/schema';
import { median, roundHalfEven } from '@nnunet/tensor/internal';
import { coarsen } from '../lowres.ts';
import { perAxis, product } from '../percentile.ts';
import { anisotropicTargetSpacing, COARSE_AND_THIN } from '../target-spacing.ts';
import { chooseTranspose, reorder, type Transpose } from '../transpose.ts';
import { featureMapSizeV2 } from './memory-v2.ts';
import { networkPlansV2 } from './network-plans-v2.ts';
import { chooseNormalizationV2 } from './normalization-v2.ts';
import { firstPatch, reduced } from './patch-v2.ts';
import type { ConfigurationPlansV2, ExperimentPlansV2, NetworkPlansV2 } from './plans-v2.ts';
import { BY_SPLINES, type ResamplingChoiceV2 } from './resampling-choices-v2.ts';
import { type TopologyV2, topologyV2 } from './topology-v2.ts';

/** What a planner needs from dataset.json. */
export interface DatasetForPlanningV2 {
  /** Folder name, `DatasetNNN_NAME`. */
  name: string;
  /** In the order of dataset.json. */
  channelNames: readonly string[];
  /** Number of entries of `labels`: background, regions and the ignore label count one each. */
  labelEntries: number;
  numTraining: number;
  /** v2's class that reads the images, such as `SimpleITKIO`. */
  imageReader: string;
}

export interface PlannerOptionsV2 {
  /** GB of GPU memory that a training may use. Default: the planner's own. */
  gpuMemoryTarget?: number;
  /** mm, (z, y, x), for all configurations, 2D too. Default: chosen from the fingerprint. */
  targetSpacing?: readonly number[];
  /** Name of the plans. Default: the planner's own. */
  plansName?: string;
  /** v2's class that prepares the cases. Default: `DefaultPreprocessor`. */
  preprocessorName?: string;
  /** Keeps the axes in the order of the file. Default: false. */
  suppressTranspose?: boolean;
}

/** An estimate below these is the largest that fits into the memory target, for the reference batch size. */
export interface MemoryReferenceV2 {
  /** Values in feature maps ({@link featureMapSizeV2}). */
  values3d: number;
  values2d: number;
  /** GB */
  at: number;
}

const REFERENCE_BATCH = { '2d': 12, '3d': 2 };
const MIN_BATCH = 2;

/** A 3d_lowres is planned if a patch covers less than this share of the median case. */
export const LOWRES_THRESHOLD = 0.25;

/** Factor by which the spacing of 3d_lowres grows in each step. */
const LOWRES_STEP = 1.03;

/**
 * nnU-Net v2's default planner; the other planners override its members.
 * Origin: v2's experiment_planners/default_experiment_planner.py.
 */
export class ExperimentPlannerV2 {
  /** Name of the class in v2, which the plans carry. */
  plannerName = 'ExperimentPlanner';
  plansName = 'nnUNetPlans';
  /** Prefix of the folders of prepared cases for the configurations; null: the name of the plans. */
  sharedData: string | null = null;
  /** Whether the network is a ResidualEncoderUNet instead of a PlainConvUNet. */
  residual = false;
  memoryReference: MemoryReferenceV2 = { values3d: 560_000_000, values2d: 85_000_000, at: 8 };
  /** Largest share of the dataset's voxels in one batch. */
  maxDatasetCovered = 0.05;
  baseFeatures = 32;
  maxFeatures = { '2d': 512, '3d': 320 };
  resampling: ResamplingChoiceV2 = BY_SPLINES;

  constructor(
    readonly fingerprint: FingerprintV2,
    readonly dataset: DatasetForPlanningV2,
    readonly options: PlannerOptionsV2 = {},
  ) {
    const { gpuMemoryTarget, targetSpacing } = options;
    if (gpuMemoryTarget !== undefined && !(gpuMemoryTarget > 0)) {
      throw usageError({ what: `gpuMemoryTarget ${gpuMemoryTarget} is not above 0`, remedy: 'Give GB, such as 24.' });
    }
    if (targetSpacing !== undefined && !(targetSpacing.length === 3 && targetSpacing.every((mm) => mm > 0))) {
      const what = `targetSpacing ${targetSpacing.join(' ')} is not three lengths above 0`;
      throw usageError({ what, remedy: 'Give mm in the order (z, y, x), such as 3 1 1.' });
    }
  }

  /** mm, (z, y, x) */
  targetSpacing(): number[] {
    if (this.options.targetSpacing !== undefined) return [...this.options.targetSpacing];
    const { spacings, shapes_after_crop: shapes } = this.fingerprint;
    return anisotropicTargetSpacing(spacings, shapes, 50, COARSE_AND_THIN);
  }

  /**
   * Plans all configurations that suit the dataset: 2d always, 3d_fullres unless the images are 2D, 3d_lowres and the
   * cascade if the images are large. As in v2, a configuration whose images are too small to be halved once has a network of
   * one stage, which cannot be trained.
   *
   * @throws NnUNetError 'bad-fingerprint' if there are no cases, or their images have no voxels at the target spacing
   */
  plan(): ExperimentPlansV2 {
    const { fingerprint, dataset, options } = this;
    if (fingerprint.spacings.length === 0) throw this.#bad('it has no cases');
    const target = this.targetSpacing();
    const transpose = this.#transpose(target);
    const turned = <T>(values: readonly T[]) => reorder(values, transpose.forward);
    const spacing = turned(target);
    const shape = turned(this.medianShape(target));
    if (shape.includes(0)) {
      const at = `${shape.join(' x ')} voxels at the target spacing of ${spacing.join(' x ')} mm`;
      throw this.#bad(`the median case has ${at}`);
    }
    const { numTraining } = dataset;
    const voxels = product(shape) * numTraining;
    const is3d = shape[0] !== 1;
    const fullres = is3d ? this.planConfiguration('3d_fullres', { spacing, shape, voxels }) : undefined;
    const lowres = fullres && this.#lowres(fullres, shape);
    const flat = this.planConfiguration('2d', { spacing: spacing.slice(1), shape: shape.slice(1), voxels });
    return {
      dataset_name: dataset.name,
      plans_name: options.plansName ?? this.plansName,
      original_median_spacing_after_transp: turned(perAxis(fingerprint.spacings, median)),
      original_median_shape_after_transp: turned(perAxis(fingerprint.shapes_after_crop, median)).map(roundHalfEven),
      image_reader_writer: dataset.imageReader,
      transpose_forward: transpose.forward,
      transpose_backward: transpose.backward,
      configurations: {
        '2d': { ...flat, batch_dice: true },
        ...(lowres && { '3d_lowres': { ...lowres, batch_dice: false, next_stage: '3d_cascade_fullres' } }),
        ...(fullres && { '3d_fullres': { ...fullres, batch_dice: lowres !== undefined } }),
        ...(lowres && { '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' } }),
      },
      experiment_planner_used: this.plannerName,
      label_manager: 'LabelManager',
      foreground_intensity_properties_per_channel: fingerprint.foreground_intensity_properties_per_channel,
    };
  }

  #transpose(target: readonly number[]): Transpose {
    if (!this.options.suppressTranspose) return chooseTranspose(target);
    return { forward: [0, 1, 2], backward: [0, 1, 2] };
  }

  /** Voxels at a target spacing, (z, y, x); each case is rounded before the median is taken. */
  medianShape(target: readonly number[]): number[] {
    const { spacings, shapes_after_crop: shapes } = this.fingerprint;
    const resampled = shapes.map((shape, i) =>
      shape.map((edge, axis) => roundHalfEven((spacings[i]![axis]! / target[axis]!) * edge)),
    );
    return perAxis(resampled, median);
  }

  /** Plans 3d_lowres: spacing grows, first of the fine axes, until a patch shows enough of the median case. */
  #lowres(fullres: ConfigurationPlansV2, shape: readonly number[]): ConfigurationPlansV2 | undefined {
    const { spacing } = fullres;
    const whole = product(shape);
    const current = [...spacing];
    let patchVoxels = product(fullres.patch_size);
    let voxels = whole;
    let lowres: ConfigurationPlansV2 | undefined;
    while (patchVoxels / voxels < LOWRES_THRESHOLD) {
      coarsen(current, LOWRES_STEP);
      const smaller = shape.map((edge, axis) => (spacing[axis]! / current[axis]!) * edge);
      voxels = product(smaller);
      lowres = this.planConfiguration('3d_lowres', {
        spacing: [...current],
        shape: smaller.map(roundHalfEven),
        voxels: voxels * this.dataset.numTraining,
      });
      patchVoxels = product(lowres.patch_size);
    }
    return whole / voxels < 2 ? undefined : lowres;
  }

  /**
   * Plans patch, network and batch of one configuration, apart from `batch_dice`.
   *
   * @param images spacing (mm) and median shape (voxels) in network order, two axes for 2d; `voxels` of the whole
   * dataset
   */
  protected planConfiguration(
    name: '2d' | '3d_lowres' | '3d_fullres',
    { spacing, shape, voxels }: { spacing: readonly number[]; shape: readonly number[]; voxels: number },
  ): ConfigurationPlansV2 {
    const dimensions = name === '2d' ? '2d' : '3d';
    const { values, share } = this.memoryBudget(dimensions);
    const estimate = ({ patch, ...stages }: TopologyV2) =>
      featureMapSizeV2(this.network(stages, dimensions), patch, this.dataset.labelEntries);
    let topology = topologyV2(spacing, firstPatch(spacing, shape));
    let memory = estimate(topology);
    while (memory * share > values) {
      topology = reduced(topology, spacing, shape);
      memory = estimate(topology);
    }
    const { patch } = topology;
    const batch = this.batchBounds(dimensions, { memory, voxels, patch });
    const { data, segmentation, probabilities } = this.resampling;
    const normalization = chooseNormalizationV2(this.dataset.channelNames, this.fingerprint);
    return {
      data_identifier: `${this.#dataPrefix(name)}_${name}`,
      preprocessor_name: this.options.preprocessorName ?? 'DefaultPreprocessor',
      batch_size: Math.max(Math.min(batch.byMemory, batch.byDataset), batch.least),
      patch_size: patch,
      median_image_size_in_voxels: [...shape],
      spacing: [...spacing],
      ...normalization,
      resampling_fn_data: data.name,
      resampling_fn_seg: segmentation.name,
      resampling_fn_data_kwargs: data.kwargs,
      resampling_fn_seg_kwargs: segmentation.kwargs,
      resampling_fn_probabilities: probabilities.name,
      resampling_fn_probabilities_kwargs: probabilities.kwargs,
      architecture: this.network(topology, dimensions),
      batch_dice: false,
    };
  }

  /**
   * What a network may take: values in feature maps, by {@link featureMapSizeV2}, and by which share of a patch's
   * estimate they are compared: v2's residual planners compare that of the reference batch size, the default planner that
   * of two samples.
   */
  memoryBudget(dimensions: '2d' | '3d'): { values: number; share: number } {
    const { values2d, values3d, at } = this.memoryReference;
    const target = this.options.gpuMemoryTarget ?? at;
    return {
      values: (dimensions === '2d' ? values2d : values3d) * (target / at),
      share: this.residual ? 1 : 2 / REFERENCE_BATCH[dimensions],
    };
  }

  /**
   * What bounds the batch: the patches that fit into the memory, those that are the largest share of the dataset, and v2's
   * least batch.
   *
   * @param network `memory`: its estimate, {@link featureMapSizeV2}; `voxels` of the whole dataset
   */
  batchBounds(
    dimensions: '2d' | '3d',
    { memory, voxels, patch }: { memory: number; voxels: number; patch: readonly number[] },
  ): { byMemory: number; byDataset: number; least: number } {
    const { values } = this.memoryBudget(dimensions);
    return {
      byMemory: roundHalfEven((values / memory) * REFERENCE_BATCH[dimensions]),
      byDataset: roundHalfEven((voxels * this.maxDatasetCovered) / product(patch)),
      least: MIN_BATCH,
    };
  }

  /** v2's residual planners share the prepared cases of the default planner, except those of 3d_lowres. */
  #dataPrefix(name: string): string {
    const shared = name === '3d_lowres' ? null : this.sharedData;
    return shared ?? this.options.plansName ?? this.plansName;
  }

  /** Describes the network as v2 does. */
  protected network(stages: Pick<TopologyV2, 'strides' | 'kernels'>, dimensions: '2d' | '3d'): NetworkPlansV2 {
    const { residual, baseFeatures, maxFeatures } = this;
    return networkPlansV2(stages, { dimensions, residual, baseFeatures, maxFeatures: maxFeatures[dimensions] });
  }

  #bad(what: string): NnUNetError {
    const remedy = 'Check the images and the target spacing (`targetSpacing`), and extract the fingerprint again.';
    return new NnUNetError('bad-fingerprint', { what: `the fingerprint does not allow planning: ${what}`, remedy });
  }
}
