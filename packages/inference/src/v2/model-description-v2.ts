import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import type { NetworkDescription } from '@nnunet/network';
import { configurationV2, type DatasetJsonV2, describeNetworkV2, type PlansV2 } from '@nnunet/network/internal';
import { ownReaderV2, type PreprocessingV2, preprocessingOfPlansV2, reorientsV2 } from '@nnunet/preprocess/internal';
import { labelsV2 } from '@nnunet/schema/internal';

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
  /** v2's class that reads the images. */
  reader: string;
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
  const named = dataset.overwrite_image_reader_writer;
  const reader = String((named === 'None' ? null : named) ?? plans.image_reader_writer ?? 'SimpleITKIO');
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
    preprocessing: preprocessingOfPlansV2(plans, own, channels, `${where}/plans.json`),
    reader,
    reorients: reorientsV2(reader, where),
  };
}

/**
 * Requires a model of images that have a place in the patient: browsers read no others.
 *
 * @throws NnUNetError 'unsupported-reader'
 */
export function requirePlacedImages({ reader }: ModelDescriptionV2, where: string): void {
  if (ownReaderV2(reader) === null) return;
  throw new NnUNetError('unsupported-reader', {
    what: `the images of this model are ${OWN_IMAGES[reader] ?? reader} (${reader}), which the page in the browser cannot read`,
    where,
    remedy: 'Predict them with nnUNet_predict or nnUNetv2_predict, or serve the model with nnUNet_serve.',
  });
}

/** What v2's readers with ways of their own read. */
const OWN_IMAGES: Readonly<Record<string, string>> = {
  NaturalImage2DIO: '2D images such as PNG',
  Tiff3DIO: 'TIFF stacks',
};

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

function badPlans(what: string, where: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-plans', {
    what,
    where: `${where}/plans.json`,
    remedy: 'Use the plans.json with which the model was trained.',
    cause,
  });
}
