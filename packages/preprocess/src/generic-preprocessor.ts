import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { type Order, resampleData, resampledShape, resampleLabels, separateAxis } from '@nnunet/resample';
import type { CaseProperties, CroppedCase, Plans } from '@nnunet/schema';
import { declaredLabelsV2, meaningOfLabels, requireDeclaredLabels, sampledClasses } from '@nnunet/schema/internal';
import { sampleClassLocations } from './class-locations.ts';
import { type Normalizations, normalizeChannel, shippedNormalizations } from './normalization-registry.ts';
import { preparedArray } from './prepared-array.ts';
import type { PreparedTestCase, PreprocessedCase } from './prepared-case.ts';
import { permuted, transposeVolume } from './transpose.ts';

/** How a case is resampled. Preprocessor variants differ in this. */
export interface ResamplingChoice {
  /** (z, y, x) */
  newShape: number[];
  /** mm, (z, y, x); stored in the case's properties. */
  spacing: number[];
  /** Axis resampled separately, or null. */
  separateAxis: number | null;
  dataOrder: Order;
  labelOrder: Order;
  /** Interpolation orders along the separate axis. */
  dataOrderZ: Order;
  labelOrderZ: Order;
}

/** Preprocesses a case for training or for prediction. */
export interface Preprocessor {
  preprocess(cropped: CroppedCase, stage: number): PreprocessedCase;
  preprocessTest(cropped: CroppedCase, stage: number): PreparedTestCase;
}

/** Constructor type of a preprocessor that is looked up by name. */
export type PreprocessorClass = new (plans: Plans, normalizations?: Normalizations) => Preprocessor;

/**
 * v1's GenericPreprocessor: transposes, resamples to the stage's spacing and normalises. Variants override {@link
 * GenericPreprocessor.chooseResampling}, {@link GenericPreprocessor.normalize} or a field. All methods use network axis
 * order.
 */
export class GenericPreprocessor implements Preprocessor {
  readonly plans: Plans;
  /** Whether NaN voxels become 0 before resampling. */
  protected replaceNaN = true;
  readonly #normalizations: Normalizations;

  /**
   * @param normalizations where the schemes that the plans name are looked up. Default: the shipped ones
   * @throws NnUNetError 'unknown-normalization'
   */
  constructor(plans: Plans, normalizations: Normalizations = shippedNormalizations) {
    this.plans = plans;
    this.#normalizations = normalizations;
    if (this.normalize !== GenericPreprocessor.prototype.normalize) return;
    for (const scheme of Object.values(plans.normalization_schemes)) normalizations.get(scheme);
  }

  /**
   * Preprocesses a case for training: images and labels in one array, plus sampled voxels of each class.
   * @throws NnUNetError 'undeclared-labels' for labels that are not in the plans, 'bad-case', 'bad-plans'
   */
  preprocess(cropped: CroppedCase, stage: number): PreprocessedCase {
    const labels = meaningOfLabels(this.plans);
    // −1 marks voxels outside the nonzero mask.
    requireDeclaredLabels(
      cropped.segmentation,
      [-1, ...declaredLabelsV2(labels)],
      cropped.properties.seg_file ?? cropped.id,
    );
    const { data, shape, properties } = this.#run(cropped, stage);
    const voxels = data.length / shape[0];
    const segmentation = data.subarray(data.length - voxels);
    const locations = sampleClassLocations(segmentation, shape.slice(1), sampledClasses(labels));
    const masks = { use_nonzero_mask_for_norm: { ...this.plans.use_mask_for_norm } };
    return { id: cropped.id, data, shape, properties: { ...properties, ...masks }, locations };
  }

  /** Preprocesses a case for prediction: as {@link preprocess}, with the nonzero mask separate from the images. */
  preprocessTest(cropped: CroppedCase, stage: number): PreparedTestCase {
    const { data, shape, properties } = this.#run(cropped, stage);
    const images = data.length - data.length / shape[0];
    return {
      id: cropped.id,
      data: data.subarray(0, images),
      shape: [shape[0] - 1, shape[1], shape[2], shape[3]],
      mask: data.subarray(images),
      properties,
    };
  }

  /**
   * Chooses the shape, spacing and interpolation of a resampled case.
   * @param shape voxels, (z, y, x)
   * @param spacing spacing of the case, mm
   * @param target target spacing of the stage, mm
   */
  protected chooseResampling(shape: readonly number[], spacing: readonly number[], target: readonly number[]) {
    return standardResampling(shape, spacing, target);
  }

  /** Normalises one modality in place, by the scheme of the plans. */
  protected normalize(image: Float32Array, segmentation: Float32Array, modality: number): void {
    const { normalization_schemes, use_mask_for_norm, dataset_properties } = this.plans;
    const context = {
      mask: segmentation,
      useMask: use_mask_for_norm[modality] ?? false,
      statistics: dataset_properties.intensityproperties?.[modality] ?? null,
    };
    normalizeChannel(image, normalization_schemes[modality] ?? 'nonCT', context, this.#normalizations);
  }

  #run(cropped: CroppedCase, stage: number) {
    const { plans } = this;
    const stagePlans = plans.plans_per_stage[stage];
    if (stagePlans === undefined) {
      throw new NnUNetError('bad-plans', {
        what: `the plans have no stage ${stage}`,
        remedy: `They have the stages ${Object.keys(plans.plans_per_stage).join(', ')}.`,
      });
    }
    if (cropped.images.length !== plans.num_modalities) {
      throw new NnUNetError('bad-case', {
        what: `has ${counted(cropped.images.length, 'modality', 'modalities')}, but the plans are for ${plans.num_modalities}`,
        where: cropped.id,
        remedy: 'Give one image per modality, in training order.',
      });
    }
    const order = plans.transpose_forward;
    const shape = permuted(cropped.shape, order);
    const spacing = permuted(cropped.properties.original_spacing, order);
    const choice = this.chooseResampling(shape, spacing, stagePlans.current_spacing);
    const voxels = choice.newShape.reduce((a, b) => a * b, 1);
    const channels = cropped.images.length + 1;
    const data = preparedArray(
      channels,
      { shape, spacing, newShape: choice.newShape, newSpacing: choice.spacing },
      cropped.id,
    );
    const channel = (c: number) => data.subarray(c * voxels, (c + 1) * voxels);
    const common = { shape, newShape: choice.newShape, separateAxis: choice.separateAxis };

    const segmentation = channel(channels - 1);
    // Between several labels, nobody has annotated the background.
    const labelOrders = { order: choice.labelOrder, orderZ: choice.labelOrderZ, undecided: plans.ignore_label };
    resampleLabels(
      transposeVolume(cropped.segmentation, cropped.shape, order),
      { ...common, ...labelOrders },
      segmentation,
    );
    for (let i = 0; i < voxels; i++) if (segmentation[i]! < -1) segmentation[i] = 0;
    cropped.images.forEach((image, c) => {
      const source = this.#withoutNaN(transposeVolume(image, cropped.shape, order));
      resampleData(source, { ...common, order: choice.dataOrder, orderZ: choice.dataOrderZ }, channel(c));
      this.normalize(channel(c), segmentation, c);
    });
    const properties: CaseProperties = {
      ...cropped.properties,
      size_after_resampling: [...choice.newShape],
      spacing_after_resampling: [...choice.spacing],
    };
    const [nz, ny, nx] = choice.newShape as [number, number, number];
    return { data, shape: [channels, nz, ny, nx] as [number, number, number, number], properties };
  }

  /** Returns the image itself if it has no NaN, otherwise a copy, so that the cropped case stays unchanged. */
  #withoutNaN(image: Float32Array): Float32Array {
    if (!this.replaceNaN) return image;
    let at = 0;
    while (at < image.length && !Number.isNaN(image[at])) at++;
    if (at === image.length) return image;
    const out = image.slice();
    for (; at < out.length; at++) if (Number.isNaN(out[at])) out[at] = 0;
    return out;
  }
}

/**
 * v1's default resampling: order 3 for images, order 1 for labels. Slices are resampled separately if {@link
 * separateAxis} says so, with nearest-neighbour interpolation between them.
 */
export function standardResampling(
  shape: readonly number[],
  spacing: readonly number[],
  target: readonly number[],
): ResamplingChoice {
  return {
    newShape: resampledShape(shape, spacing, target),
    spacing: [...target],
    separateAxis: separateAxis(spacing, target),
    dataOrder: 3,
    labelOrder: 1,
    dataOrderZ: 0,
    labelOrderZ: 0,
  };
}
