import { inverseOrder, orientationToRas, permuted } from '@nnunet/preprocess/internal';
import { resampledShape } from '@nnunet/resample';
import { ResampledPlanes } from '@nnunet/resample/internal';
import type { CaseProperties } from '@nnunet/schema';
import { sizeOf } from '@nnunet/tensor';
import type { ImageGeometry } from '@nnunet/volume';
import type { PredictionMode } from './case-prediction.ts';
import { type CaseRules, planCaseLabels } from './case-stages.ts';
import { patchSizeOf } from './model-description.ts';
import type { PreparedGeometry } from './prepared-input.ts';

type Triple = [number, number, number];

/** What a case will be, as far as the header of its image tells: cropping can only make it less. */
export interface CaseForecast {
  /** (z, y, x) of the image. */
  imageShape: Triple;
  /** (z, y, x) as the network sees it, network order. */
  networkShape: Triple;
  /** As if it were prepared. */
  geometry: PreparedGeometry;
}

/** Bytes that a case takes at most, about, in each of its stages. */
export interface CaseMemory {
  preparing: number;
  /** The prepared image, the sums over tiles, and what the labels need on their way. */
  predicting: number;
}

/** Foresees a case from the geometry of its first image. */
export function forecastCase(rules: CaseRules, image: ImageGeometry): CaseForecast {
  const orientation = orientationToRas({ ...image, data: new Uint8Array() });
  const turned = rules.generation === 2 && rules.description.reorients ? orientation.order : [0, 1, 2];
  const imageShape = permuted(image.shape, turned) as Triple;
  const spacing = permuted(image.spacing, turned);
  const { transposeForward, target } = gridOf(rules);
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
  const original = rules.generation === 2 ? { geometry: image, orientation } : null;
  return { imageShape, networkShape, geometry: { properties, original } };
}

function gridOf(rules: CaseRules): { transposeForward: readonly number[]; target: readonly number[] } {
  if (rules.generation === 2) {
    const { transposeForward, spacing: target } = rules.description.preprocessing;
    return { transposeForward, target };
  }
  const { plans, stage } = rules.description;
  const target = plans.plans_per_stage[stage]!.current_spacing;
  const flat = patchSizeOf(rules.description).length === 2;
  return { transposeForward: plans.transpose_forward, target: flat ? target.slice(1) : target };
}

/** Small things. */
const OVERHEAD = 64 * 2 ** 20;

/** What a case of that size takes. */
export function memoryOfCase(
  rules: CaseRules,
  { imageShape, networkShape, geometry }: CaseForecast,
  options: { sumBytes: number; saveProbabilities?: boolean; mode?: PredictionMode },
): CaseMemory {
  const { network } = rules.description;
  const [V, N] = [sizeOf(imageShape), sizeOf(networkShape)];
  const modalities = rules.generation === 1 ? rules.description.plans.num_modalities : rules.description.channels;
  const shapeBefore = permuted(imageShape, gridOf(rules).transposeForward);
  const turns = inverseOrder(gridOf(rules).transposeForward).join() !== '0,1,2';
  // All images, the mask and its labels, the file's bytes of one image; copies where axes are turned or (v2) normalised.
  const read = V * (4 * modalities + 9 + (turns || rules.generation === 2 ? 4 : 0));
  // v1 keeps the mask beside the channels, and both keep the channels of the stage before once more while they are added.
  const cascade = network.inputChannels > modalities ? network.inputChannels : 0;
  const channels = rules.generation === 1 ? modalities + 1 : modalities;
  const image = 4 * N * Math.max(channels, cascade);
  const kept = networkShape.join() === shapeBefore.join();
  // Splines, and the voxels of one label of the mask; v2 resamples each channel to an array of its own.
  const splines = kept ? 0 : 4 * V + ResampledPlanes.bytes({ shape: shapeBefore, newShape: networkShape, order: 3 });
  const added = cascade > 0 ? 4 * N * (channels + 2) : rules.generation === 2 ? 4 * N : 0;
  const preparing = read + image + added + splines + OVERHEAD;
  const shape = [network.classes, ...networkShape];
  const labels = options.saveProbabilities
    ? 4 * network.classes * N + 12 * network.classes * V
    : planCaseLabels(rules, shape, geometry, { mode: options.mode }).bytes;
  return { preparing, predicting: image + options.sumBytes + labels + OVERHEAD };
}
