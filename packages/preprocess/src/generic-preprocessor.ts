import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { type Order, resampleData, resampledShape, resampleLabels, separateAxis } from '@nnunet/resample';
import type { CaseProperties, CroppedCase, Plans } from '@nnunet/schema';
import { requireDeclaredLabels } from '@nnunet/schema/internal';
import { sampleClassLocations } from './class-locations.ts';
import { normalizeModality } from './normalize.ts';
import { preparedArray } from './prepared-array.ts';
import type { PreparedTestCase, PreprocessedCase } from './prepared-case.ts';
import { permuted, transposeVolume } from './transpose.ts';

/** How a case is resampled; what variants of the preprocessor change. */
export interface ResamplingChoice {
  /** (z, y, x) */
  newShape: number[];
  /** mm, (z, y, x); stored in the case's properties. */
  spacing: number[];
  /** Axis resampled apart from the others, or null. */
  separateAxis: number | null;
  dataOrder: Order;
  labelOrder: Order;
  /** Orders along the separate axis. */
  dataOrderZ: Order;
  labelOrderZ: Order;
}

/** What a preprocessor does to one case, in both directions of use: training and prediction. */
export interface Preprocessor {
  preprocess(cropped: CroppedCase, stage: number): PreprocessedCase;
  preprocessTest(cropped: CroppedCase, stage: number): PreparedTestCase;
}

/** What a class found by name must be. */
export type PreprocessorClass = new (plans: Plans) => Preprocessor;

/**
 * v1's GenericPreprocessor: transpose, resample to the stage's spacing, normalise. Variants override
 * {@link GenericPreprocessor.chooseResampling}, {@link GenericPreprocessor.normalize} or a field. All axes in the
 * methods are in network order.
 */
export class GenericPreprocessor implements Preprocessor {
  readonly plans: Plans;
  /** NaN in the images becomes 0 before resampling. */
  protected replaceNaN = true;

  constructor(plans: Plans) {
    this.plans = plans;
  }

  /**
   * A training case: images and labels in one array, and voxels of every class.
   * @throws NnUNetError 'undeclared-labels' for labels that the plans do not know, 'bad-case', 'bad-plans'
   */
  preprocess(cropped: CroppedCase, stage: number): PreprocessedCase {
    // -1 stands outside the nonzero mask
    requireDeclaredLabels(
      cropped.segmentation,
      [-1, 0, ...this.plans.all_classes],
      cropped.properties.seg_file ?? cropped.id,
    );
    const { data, shape, properties } = this.#run(cropped, stage);
    const voxels = data.length / shape[0];
    const segmentation = data.subarray(data.length - voxels);
    const locations = sampleClassLocations(segmentation, shape.slice(1), this.plans.all_classes);
    const masks = { use_nonzero_mask_for_norm: { ...this.plans.use_mask_for_norm } };
    return { id: cropped.id, data, shape, properties: { ...properties, ...masks }, locations };
  }

  /** A case to predict: as {@link preprocess}, with the nonzero mask apart from the images. */
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
   * Shape, spacing and interpolation of a case.
   * @param shape voxels, (z, y, x)
   * @param spacing the case's own, mm
   * @param target the stage's, mm
   */
  protected chooseResampling(shape: readonly number[], spacing: readonly number[], target: readonly number[]) {
    return standardResampling(shape, spacing, target);
  }

  /** Normalises one modality in place. */
  protected normalize(image: Float32Array, segmentation: Float32Array, modality: number): void {
    const { normalization_schemes, use_mask_for_norm, dataset_properties } = this.plans;
    normalizeModality(image, segmentation, {
      scheme: normalization_schemes[modality] ?? 'nonCT',
      useMask: use_mask_for_norm[modality] ?? false,
      statistics: dataset_properties.intensityproperties?.[modality] ?? null,
    });
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
    const labelOrders = { order: choice.labelOrder, orderZ: choice.labelOrderZ };
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

  /** The image itself when it has no NaN, else a copy: a cropped case is not changed. */
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

/** v1's default: order 3 for images and 1 for labels; slices apart where {@link separateAxis} says, then picked. */
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
