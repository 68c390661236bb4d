import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import type { NetworkDescription } from '@nnunet/network';
import { configurationV2, type DatasetJsonV2, describeNetworkV2, type PlansV2 } from '@nnunet/network/internal';
import {
  checkResamplingV2,
  type IntensitiesV2,
  type PreprocessingV2,
  type ResamplingFunctionV2,
} from '@nnunet/preprocess/internal';
import { labelsV2, MAX_PATCH_VOXELS } from '@nnunet/schema/internal';

/** Everything that prediction with a v2 model needs in addition to the weights. */
export interface ModelDescriptionV2 {
  trainer: string;
  /** E.g. '3d_fullres'. */
  configuration: string;
  network: NetworkDescription;
  /** Voxels, network order; two entries for a 2D configuration. */
  patchSize: number[];
  /** Axes of the patch along which the model may be mirrored. */
  mirrorAxes: number[];
  nonlinearity: 'softmax' | 'sigmoid';
  regionClassOrder: number[] | null;
  /** Images per case. */
  channels: number;
  /** Labels of the previous stage that the network also sees, ascending; null if there is no previous stage. */
  previousLabels: number[] | null;
  preprocessing: PreprocessingV2;
  /** Whether images are first reoriented to RAS, and results back. */
  reorients: boolean;
}

/** The parsed content of a v2 model folder other than the weights. */
export interface ModelSourceV2 {
  /** plans.json */
  plans: Record<string, unknown>;
  /** dataset.json */
  dataset: Record<string, unknown>;
  /** From the checkpoint. */
  trainer: string;
  configuration: string;
  /** From the checkpoint: `inference_allowed_mirroring_axes`. */
  mirrorAxes: unknown;
  /** The model folder, for error messages. */
  where: string;
}

const READERS = /^(SimpleITKIO|NibabelIO)(WithReorient)?$/;

/**
 * @throws NnUNetError 'unknown-trainer' if the trainer's network is unknown; 'bad-plans', 'bad-dataset',
 * 'unsupported-network', 'unsupported-resampling', 'unsupported-reader'
 */
export function describeModelV2({
  plans,
  dataset,
  trainer,
  configuration,
  mirrorAxes,
  where,
}: ModelSourceV2): ModelDescriptionV2 {
  checkTrainer(trainer, where);
  const own: Record<string, unknown> = { ...configurationV2(plans, configuration, `${where}/plans.json`) };
  const labels = labelsV2(Object.entries(Object(dataset.labels)), dataset.regions_class_order, `${where}/dataset.json`);
  const network = networkOf(plans, own, { configuration, dataset, trainer, where });
  const names = (dataset.channel_names ?? dataset.modality ?? {}) as Record<string, string>;
  const channels = Object.keys(names).length;
  const patchSize = own.patch_size as number[];
  const axes = Array.isArray(mirrorAxes) ? (mirrorAxes as unknown[]) : [];
  return {
    trainer,
    configuration,
    network,
    patchSize,
    mirrorAxes: axes.filter((a): a is number => Number.isInteger(a) && (a as number) < patchSize.length).sort(),
    nonlinearity: labels.regionClassOrder === null ? 'softmax' : 'sigmoid',
    regionClassOrder: labels.regionClassOrder,
    channels,
    previousLabels: own.previous_stage ? labels.foreground : null,
    preprocessing: preprocessingOf(plans, own, channels, where),
    reorients: readerOf(plans, dataset, where).endsWith('WithReorient'),
  };
}

/** More stages than any image allows. */
const MAX_STAGES = 32;

function networkOf(
  plans: Record<string, unknown>,
  own: Record<string, unknown>,
  { configuration, dataset, trainer, where }: Pick<ModelSourceV2, 'configuration' | 'dataset' | 'trainer' | 'where'>,
): NetworkDescription {
  const stages = (own.architecture as { arch_kwargs?: { n_stages?: unknown } } | undefined)?.arch_kwargs?.n_stages ?? 1;
  if (!Number.isInteger(stages) || !((stages as number) >= 1 && (stages as number) <= MAX_STAGES))
    throw badPlans(`"n_stages": a number from 1 to ${MAX_STAGES} expected`, where);
  try {
    return describeNetworkV2(plans as unknown as PlansV2, configuration, dataset as unknown as DatasetJsonV2, {
      trainer,
    });
  } catch (cause) {
    if (isNnUNetError(cause)) throw cause;
    throw badPlans(`the architecture of ${configuration} cannot be read`, where, cause);
  }
}

/**
 * v2's trainers that use the network of the plans, or change it in a supported way, without the prefix `nnUNetTrainer`.
 * Origin: v2's folder of trainer variants.
 */
const knownTrainers = [
  /^_?\d+epochs?(_NoMirroring)?$/,
  /^Benchmark_5epochs(_noDataLoading)?$/,
  /^(DA5(ord0|Segord0|_10epochs)?|DAOrd0|_DASegOrd0(_NoMirroring)?|NoDA|_fasterDA|_noDummy2DDA)$/,
  /^(NoMirroring|_onlyMirror01|_onlyMirror01_1500ep|_onlyMirror01_(DASegOrd0|DA5))$/,
  /^(CELoss|DiceLoss|DiceCELoss_noSmooth|TopkLoss|Topk10Loss(LS01)?|TopK10Loss|Topk10LossLS01|DiceTopK10Loss)(_\d+epochs)?$/,
  /^(CosAnneal|_warmup|BN|NoDeepSupervision)$/,
  /^(Vanilla)?(Adam|RAdam|AdamW|Adan)(\den\d)?(CosAnneal)?$/,
  /^_probabilisticOversampling(_\d+)?$/,
  /^_(betterIgnoreSampling|ignoreLabel_lossBalancing|fixCEAggr)[A-Za-z0-9_]*$/,
  // The trainer called nnUNet_Trainer_BS8, and those of TotalSegmentator.
  /^_BS8$/,
  /^(SkeletonRecall|_MOSAIC_1k_QuarterLR_NoMirroring)$/,
];

/** Refuses trainers whose network is unknown: the plans describe it, but a class may replace it. */
function checkTrainer(trainer: string, where: string): void {
  const [, variant] = /^nnUNet_?Trainer(.*)$/.exec(trainer) ?? [];
  if (variant === '' || knownTrainers.some((pattern) => variant !== undefined && pattern.test(variant))) return;
  throw new NnUNetError('unknown-trainer', {
    what: `the model was trained by ${trainer}, whose network is not supported`,
    where,
    remedy:
      'Only models of nnUNetTrainer and the variants that come with nnU-Net v2 or TotalSegmentator are supported.',
  });
}

function preprocessingOf(
  plans: Record<string, unknown>,
  own: Record<string, unknown>,
  channels: number,
  where: string,
): PreprocessingV2 {
  const list = (key: string, from: Record<string, unknown>, what: string, right: (v: unknown) => boolean) => {
    const value = from[key];
    if (!Array.isArray(value) || !value.every(right)) throw badPlans(`"${key}": a list of ${what} expected`, where);
    return value as unknown[];
  };
  const isAxis = (v: unknown) => v === 0 || v === 1 || v === 2;
  const schemes = list('normalization_schemes', own, 'names', (v) => typeof v === 'string') as string[];
  if (schemes.length !== channels)
    throw badPlans(`"normalization_schemes" has ${schemes.length} entries for ${channels} channels`, where);
  const intensities = (plans.foreground_intensity_properties_per_channel ??
    plans.foreground_intensity_properties_by_modality ??
    {}) as Record<string, IntensitiesV2 | undefined>;
  for (const [channel, statistics] of Object.entries(intensities)) {
    const wrong = Object.entries(statistics ?? {}).find(
      ([, value]) => typeof value === 'number' && !Number.isFinite(value),
    );
    if (wrong)
      throw badPlans(`the intensities of channel ${channel} are not finite: "${wrong[0]}" is ${wrong[1]}`, where);
  }
  const positive = (v: unknown) => typeof v === 'number' && Number.isFinite(v) && v > 0;
  const spacing = list('spacing', own, '2 or 3 spacings in mm', positive) as number[];
  const patch = list('patch_size', own, '2 or 3 sizes', (v) => positive(v) && Number.isInteger(v));
  if (spacing.length !== patch.length || spacing.length < 2 || spacing.length > 3)
    throw badPlans('"spacing" and "patch_size": 2 or 3 entries each expected', where);
  if ((patch as number[]).reduce((a, b) => a * b, 1) > MAX_PATCH_VOXELS)
    throw badPlans(`"patch_size": no more than ${MAX_PATCH_VOXELS} voxels expected`, where);
  const transposeForward = list('transpose_forward', plans, 'axes', isAxis) as number[];
  const transposeBackward = list('transpose_backward', plans, 'axes', isAxis) as number[];
  if (transposeForward.length !== 3 || !transposeForward.every((axis, i) => transposeBackward[axis] === i))
    throw badPlans('"transpose_backward" does not undo "transpose_forward"', where);
  return {
    transposeForward,
    transposeBackward,
    spacing,
    normalizationSchemes: schemes,
    useMaskForNorm: list('use_mask_for_norm', own, 'true and false', (v) => typeof v === 'boolean') as boolean[],
    intensities: schemes.map((_, c) => intensities[c] ?? null),
    resampleData: resamplingOf(own, 'data', where),
    resampleLabels: resamplingOf(own, 'seg', where),
    resampleProbabilities: resamplingOf(own, 'probabilities', where),
  };
}

function resamplingOf(own: Record<string, unknown>, use: string, where: string): ResamplingFunctionV2 {
  const name = own[`resampling_fn_${use}`];
  const kwargs = own[`resampling_fn_${use}_kwargs`];
  if (typeof name !== 'string' || typeof kwargs !== 'object' || kwargs === null)
    throw badPlans(`"resampling_fn_${use}" and its "_kwargs" expected`, where);
  const fn = { name, kwargs: kwargs as Record<string, unknown> };
  checkResamplingV2(fn);
  return fn;
}

function readerOf(plans: Record<string, unknown>, dataset: Record<string, unknown>, where: string): string {
  const reader = String(dataset.overwrite_image_reader_writer ?? plans.image_reader_writer ?? 'SimpleITKIO');
  if (READERS.test(reader)) return reader;
  throw new NnUNetError('unsupported-reader', {
    what: `the model reads images with ${reader}, which is not supported`,
    where,
    remedy:
      'Only models whose images were read with SimpleITKIO, NibabelIO or their WithReorient variants are supported.',
  });
}

function badPlans(what: string, where: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-plans', {
    what,
    where: `${where}/plans.json`,
    remedy: 'Use the plans.json with which the model was trained.',
    cause,
  });
}
