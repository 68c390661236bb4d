import { inverseOrder, permuted } from '@nnunet/preprocess/internal';
import { resampledShape } from '@nnunet/resample';
import { ResampledPlanes } from '@nnunet/resample/internal';
import type { CaseProperties } from '@nnunet/schema';
import { sizeOf } from '@nnunet/tensor';
import type { ImageGeometry } from '@nnunet/volume';
import type { PredictionMode } from './case-prediction.ts';
import type { ModelRules, PreparedGeometry } from './model-rules.ts';

type Triple = [number, number, number];

/** What the header of a case's image tells about it: upper bounds, because cropping can only reduce the size. */
export interface CaseForecast {
  /** (z, y, x), of the image. */
  imageShape: Triple;
  /** (z, y, x), as seen by the network, in network order. */
  networkShape: Triple;
  /** The geometry that the prepared case would have. */
  geometry: PreparedGeometry;
}

/** Approximate upper bounds of the bytes that a case needs in each stage. */
export interface CaseMemory {
  preparing: number;
  /** The prepared image, the sums over tiles, and the intermediate results of computing the labels. */
  predicting: number;
}

/** Forecasts a case from the geometry of its first image. */
export function forecastCase(rules: ModelRules, image: ImageGeometry): CaseForecast {
  const original = rules.originalOf(image);
  const turned = original?.orientation.order ?? [0, 1, 2];
  const imageShape = permuted(image.shape, turned) as Triple;
  const spacing = permuted(image.spacing, turned);
  const { transposeForward, spacing: target } = rules.grid;
  const own = permuted(spacing, transposeForward);
  const wanted = target.length < 3 ? [own[0]!, ...target] : target;
  const networkShape = resampledShape(permuted(imageShape, transposeForward), own, wanted) as Triple;
  const properties: CaseProperties = {
    original_size_of_raw_data: imageShape,
    original_spacing: spacing,
    list_of_data_files: [],
    seg_file: null,
    itk_origin: [...image.origin],
    itk_spacing: [...image.spacing].reverse(),
    itk_direction: [...image.direction],
    crop_bbox: imageShape.map((n): [number, number] => [0, n]),
    classes: [0],
    size_after_cropping: imageShape,
    size_after_resampling: networkShape,
    spacing_after_resampling: [...wanted],
  };
  return { imageShape, networkShape, geometry: { properties, original } };
}

/** Bytes for everything small. */
const OVERHEAD = 64 * 2 ** 20;

/** Returns the memory needed by a case of the forecast size. */
export function memoryOfCase(
  rules: ModelRules,
  { imageShape, networkShape, geometry }: CaseForecast,
  options: { sumBytes: number; saveProbabilities?: boolean; mode?: PredictionMode },
): CaseMemory {
  const { channels, keepsMask, copiesChannels } = rules;
  const { network } = rules.description;
  const { transposeForward } = rules.grid;
  const [V, N] = [sizeOf(imageShape), sizeOf(networkShape)];
  const shapeBefore = permuted(imageShape, transposeForward);
  const turns = inverseOrder(transposeForward).join() !== '0,1,2';
  // All images, the mask and its labels, and the file's bytes of one image.
  const read = V * (4 * channels + 9 + (turns || copiesChannels ? 4 : 0));
  // The previous stage's channels exist twice while they are added.
  const cascade = network.inputChannels > channels ? network.inputChannels : 0;
  const prepared = keepsMask ? channels + 1 : channels;
  const image = 4 * N * Math.max(prepared, cascade);
  const kept = networkShape.join() === shapeBefore.join();
  // Spline coefficients, and the voxels of one label of the mask.
  const splines = kept ? 0 : 4 * V + ResampledPlanes.bytes({ shape: shapeBefore, newShape: networkShape, order: 3 });
  const added = cascade > 0 ? 4 * N * (prepared + 2) : copiesChannels ? 4 * N : 0;
  const preparing = read + image + added + splines + OVERHEAD;
  const shape = [network.classes, ...networkShape];
  const labels = options.saveProbabilities
    ? 4 * network.classes * N + 12 * network.classes * V
    : rules.planLabels(shape, geometry, { mode: options.mode }).bytes;
  return { preparing, predicting: image + options.sumBytes + labels + OVERHEAD };
}

/** Measured on one core (Zen 4): per voxel, of the image or of the network's input, and per channel or class. */
const READ_SECONDS = 1.5e-8;
const RESAMPLE_SECONDS = 2e-8;
const DECIDE_SECONDS = 1e-8;
/** Locks, and flushing files to the disk. */
const CASE_SECONDS = 0.03;

/** Estimates the seconds that a case takes before and after the network. */
export function secondsBeside(
  { imageShape, networkShape }: { imageShape: readonly number[]; networkShape: readonly number[] },
  channels: number,
  classes: number,
): number {
  const [V, N] = [sizeOf(imageShape), sizeOf(networkShape)];
  const resampled = V === N ? 0 : RESAMPLE_SECONDS * N * (channels + 1);
  return CASE_SECONDS + READ_SECONDS * V * (channels + 1) + resampled + DECIDE_SECONDS * V * (classes + 1);
}
