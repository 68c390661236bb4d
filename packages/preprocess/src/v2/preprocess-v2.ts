import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { resampledShape } from '@nnunet/resample';
import type { CaseProperties, CroppedCase } from '@nnunet/schema';
import type { TypedArray } from '@nnunet/tensor';
import { finiteVolume, type Volume } from '@nnunet/volume';
import { type CropCaseOptions, cropCase } from '../crop-case.ts';
import { type Normalizations, normalizeChannel } from '../normalization-registry.ts';
import { preparedArray } from '../prepared-array.ts';
import { permuted, transposeVolume } from '../transpose.ts';
import { keepsShapeV2, type ResamplingFunctionV2, resampleLabelsV2, resampleV2 } from './resampling-v2.ts';

/** Foreground intensity statistics of one channel over the training set. */
export interface IntensitiesV2 {
  mean: number;
  std: number;
  percentile_00_5: number;
  percentile_99_5: number;
}

/** The preprocessing settings of a configuration in v2's plans. */
export interface PreprocessingV2 {
  transposeForward: readonly number[];
  transposeBackward: readonly number[];
  /** mm, network order; two values for a 2D configuration, which keeps the case's own first spacing. */
  spacing: readonly number[];
  /** Names of v2's normalisation classes, per channel. */
  normalizationSchemes: readonly string[];
  useMaskForNorm: readonly boolean[];
  /** Per channel. */
  intensities: readonly (IntensitiesV2 | null)[];
  resampleData: ResamplingFunctionV2;
  resampleLabels: ResamplingFunctionV2;
  resampleProbabilities: ResamplingFunctionV2;
}

/** A case prepared for a network of v2. */
export interface PreparedCaseV2 {
  /** (channels, z, y, x), network order; the one-hot labels of the previous stage come last. */
  data: Float32Array;
  shape: [number, number, number, number];
  /** v1's keys; the box and the sizes before resampling are in file order. */
  properties: CaseProperties;
}

/**
 * Preprocesses a case as v2's DefaultPreprocessor does: crops and transposes, normalises, then resamples.
 *
 * @param images one per channel
 * @param previous label map of the previous stage on the same grid, and which labels get a channel; null without a
 *   previous stage
 * @throws NnUNetError 'bad-case' for images that do not match, 'unknown-normalization', 'unsupported-resampling',
 *   'bad-plans'
 */
export function preprocessV2(
  given: readonly Volume<TypedArray>[],
  previous: { labels: Volume<TypedArray>; classes: readonly number[] } | null,
  settings: PreprocessingV2,
  { normalizations, ...source }: CropCaseOptions & { normalizations?: Normalizations },
): PreparedCaseV2 {
  const images = given.map(finiteVolume);
  checkImages(images, settings, source.id);
  const cropped = cropCaseV2(images, previous?.labels ?? null, source);
  const order = settings.transposeForward;
  const shape = permuted(cropped.shape, order);
  const spacing = permuted(cropped.properties.original_spacing, order);
  const newSpacing = targetSpacing(settings, spacing);
  const newShape = keepsShapeV2(settings.resampleData) ? shape : resampledShape(shape, spacing, newSpacing);
  const task = { shape, newShape, spacing, newSpacing };

  const mask = transposeVolume(cropped.segmentation, cropped.shape, order);
  const voxels = newShape.reduce((a, b) => a * b, 1);
  const classes = previous?.classes ?? [];
  const channels = images.length + classes.length;
  const data = preparedArray(channels, task, source.id);
  cropped.images.forEach((image, c) => {
    const turned = transposeVolume(image, cropped.shape, order);
    // Copies, because the caller's image must stay unchanged.
    const own = turned.buffer === images[c]!.data.buffer ? turned.slice() : turned;
    const intensities = settings.intensities[c];
    const context = {
      mask,
      useMask: settings.useMaskForNorm[c] ?? false,
      statistics: intensities ? { ...intensities, sd: intensities.std } : null,
    };
    normalizeChannel(own, settings.normalizationSchemes[c]!, context, normalizations);
    data.set(resampleV2(own, settings.resampleData, task), c * voxels);
  });
  if (classes.length > 0) {
    const labels = resampleLabelsV2(mask, settings.resampleLabels, task);
    classes.forEach((label, c) => {
      const start = (images.length + c) * voxels;
      for (let v = 0; v < voxels; v++) if (labels[v] === label) data[start + v] = 1;
    });
  }
  const properties = { ...cropped.properties, size_after_resampling: newShape, spacing_after_resampling: newSpacing };
  return { data, shape: [channels, newShape[0]!, newShape[1]!, newShape[2]!], properties };
}

/**
 * Returns the target spacing of a configuration for a case, three axes.
 * @param spacing spacing of the case, network order
 */
export function targetSpacing({ spacing: target }: PreprocessingV2, spacing: readonly number[]): number[] {
  return target.length < 3 ? [spacing[0]!, ...target] : [...target];
}

function checkImages(images: readonly Volume<TypedArray>[], settings: PreprocessingV2, id: string): void {
  const wanted = settings.normalizationSchemes.length;
  if (images.length === wanted) return;
  throw new NnUNetError('bad-case', {
    what: `has ${counted(images.length, 'image')}, but the model needs ${wanted}`,
    where: id,
    remedy: 'Give one image per channel, in training order.',
  });
}

/** As {@link cropCase}, except that an all-zero image is kept whole, with every voxel outside the mask, as v2 does. */
export function cropCaseV2(
  images: readonly Volume<TypedArray>[],
  labels: Volume<TypedArray> | null,
  source: CropCaseOptions,
): CroppedCase {
  if (!images.every(({ data }) => (data as Float32Array).every((v) => v === 0)))
    return cropCase(images, labels, source);
  const filled = images.map((image) => ({ ...image, data: new Uint8Array(image.data.length).fill(1) }));
  const whole = cropCase(filled, labels, source);
  return {
    ...whole,
    images: images.map(({ data }) => new Float32Array(data.length)),
    segmentation: whole.segmentation.map((label) => (label === 0 ? -1 : label)),
  };
}
