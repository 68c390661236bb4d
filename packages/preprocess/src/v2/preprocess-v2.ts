import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { resampledShape } from '@nnunet/resample';
import type { CaseProperties, CroppedCase, LabelsV2 } from '@nnunet/schema';
import { declaredLabelsV2, sampledClasses } from '@nnunet/schema/internal';
import type { TypedArray } from '@nnunet/tensor';
import { finiteVolume, type Volume } from '@nnunet/volume';
import { sampleClassLocations } from '../class-locations.ts';
import { type CropCaseOptions, cropCase } from '../crop-case.ts';
import { type Normalizations, normalizeChannel } from '../normalization-registry.ts';
import { preparedArray } from '../prepared-array.ts';
import type { PreprocessedCase } from '../prepared-case.ts';
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
  options: OptionsV2,
): PreparedCaseV2 {
  const classes = previous?.classes ?? [];
  const { data, shape, properties, labels } = prepared(given, previous?.labels ?? null, settings, {
    ...options,
    labelChannels: classes.length,
  });
  if (classes.length > 0) {
    const resampled = labels();
    classes.forEach((label, c) => {
      const start = (given.length + c) * resampled.length;
      for (let v = 0; v < resampled.length; v++) if (resampled[v] === label) data[start + v] = 1;
    });
  }
  return { data, shape, properties };
}

/**
 * Preprocesses a case for training, as {@link preprocessV2}: images and labels in one array, plus sampled voxels of each
 * class or region and, with an ignore label, of everything that is annotated.
 *
 * @param labels label map of the same grid
 * @throws NnUNetError as {@link preprocessV2}; 'bad-labels', 'undeclared-labels'
 */
export function preprocessForTrainingV2(
  given: readonly Volume<TypedArray>[],
  labels: Volume<TypedArray>,
  settings: PreprocessingV2 & { labels: LabelsV2 },
  options: OptionsV2,
): PreprocessedCase {
  const declaredLabels = declaredLabelsV2(settings.labels);
  const whole = prepared(given, labels, settings, { ...options, declaredLabels, labelChannels: 1 });
  const { data, shape, properties } = whole;
  const segmentation = whole.labels();
  data.set(segmentation, given.length * segmentation.length);
  const locations = sampleClassLocations(segmentation, shape.slice(1), sampledClasses(settings.labels));
  return { id: options.id, data, shape, properties, locations };
}

type OptionsV2 = CropCaseOptions & { normalizations?: Normalizations };

/** Prepares the images, leaves `labelChannels` channels for labels, and returns a function that resamples the labels. */
function prepared(
  given: readonly Volume<TypedArray>[],
  labels: Volume<TypedArray> | null,
  settings: PreprocessingV2,
  { normalizations, labelChannels, ...source }: OptionsV2 & { labelChannels: number },
): PreparedCaseV2 & { labels: () => Float32Array } {
  const images = given.map(finiteVolume);
  checkImages(images, settings, source.id);
  const cropped = cropCaseV2(images, labels, source);
  const order = settings.transposeForward;
  const shape = permuted(cropped.shape, order);
  const spacing = permuted(cropped.properties.original_spacing, order);
  const newSpacing = targetSpacing(settings, spacing);
  const newShape = keepsShapeV2(settings.resampleData) ? shape : resampledShape(shape, spacing, newSpacing);
  const task = { shape, newShape, spacing, newSpacing };

  const mask = transposeVolume(cropped.segmentation, cropped.shape, order);
  const voxels = newShape.reduce((a, b) => a * b, 1);
  const channels = images.length + labelChannels;
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
  return {
    data,
    shape: [channels, newShape[0]!, newShape[1]!, newShape[2]!],
    properties: { ...cropped.properties, size_after_resampling: newShape, spacing_after_resampling: newSpacing },
    labels: () => resampleLabelsV2(mask, settings.resampleLabels, task),
  };
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
