import { NnUNetError } from '@nnunet/errors';
import type { ModelDescription } from '@nnunet/inference';
import { needsPreviousStage, patchSizeOf } from '@nnunet/inference/internal';
import type { PostprocessingRule } from '@nnunet/postprocess';
import { ANISOTROPY_THRESHOLD } from '@nnunet/resample';
import type { Plans } from '@nnunet/schema';

/** A network's file. */
export interface OnnxFile {
  /** v1's name for the fold's folder. */
  fold: string;
  file: string;
  sha256: string;
}

/** How images or labels are resampled. Orders are spline orders: 0 nearest, 1 linear, 3 cubic. */
export interface OnnxResampling {
  order: number;
  /** Order along an axis that is resampled separately. */
  order_z: number;
}

/** What the manifests of all models have in common. */
export interface OnnxHead {
  trainer: string;
  configuration: string;
  networks: OnnxFile[];
  input: {
    name: string;
    /** Modalities, followed in a cascade by one channel per label of the previous stage. */
    channels: number;
    patch_size: number[];
    /** If true, the networks only take one patch of `patch_size` at a time. */
    fixed_size?: true;
    /** Sizes of the network's input must be multiples of these values. */
    divisible_by: number[];
  };
  modalities: { channel: number; name: string; file_ending: string }[];
}

/** How a channel is normalised. */
export interface OnnxNormalization {
  channel: number;
  scheme: string;
  use_mask: boolean;
  statistics: Record<'mean' | 'sd' | 'percentile_00_5' | 'percentile_99_5', number> | null;
}

/**
 * Everything another program needs to produce the same labels, step by step. All axes are (z, y, x); "network order"
 * means after the transpose. docs/sharing_models.md explains each key.
 */
export interface OnnxManifest extends OnnxHead {
  format: 'nnunet-onnx';
  version: 1;
  output: { name: string; channels: number; values: 'softmax' | 'sigmoid' };
  labels: number[];
  preprocessing: {
    crop: { to: 'nonzero'; fill_holes: true };
    transpose: number[];
    nan_to_zero: boolean;
    resample: {
      /** mm, network order; null keeps the case's own spacing. */
      spacing: (number | null)[];
      image: OnnxResampling;
      mask: OnnxResampling;
      /**
       * Resample one axis separately if the largest spacing exceeds the smallest by more than this factor; null: never.
       */
      separate_axis_above: number | null;
    };
    normalize: OnnxNormalization[];
  };
  previous_stage: { configuration: '3d_lowres'; labels: number[]; order: 1 } | null;
  tiling: {
    step_size: number;
    mirror_axes: number[];
    /** Standard deviation of a tile's weights, as a fraction of its size. */
    gaussian_sigma: number;
  };
  export: {
    transpose: number[];
    resample: OnnxResampling & { separate_axis_above: number | null };
    /**
     * Labels in writing order, each written where its probability exceeds 0.5; null: take the most probable channel.
     */
    region_class_order: number[] | null;
  };
  postprocessing: { entries: (number | number[])[]; minimum_sizes: (number | null)[] | null } | null;
}

/** How the supported preprocessors differ from v1's GenericPreprocessor. */
const preprocessors: Record<string, PreprocessorRules> = {
  GenericPreprocessor: {},
  PreprocessorFor2D: { ownSpacing: [0], nanToZero: false },
  GenericPreprocessor_linearResampling: { image: { order: 1, order_z: 0 } },
  Preprocessor3DDifferentResampling: { image: { order: 3, order_z: 3 }, mask: { order: 1, order_z: 1 } },
  Preprocessor3DBetterResampling: { mask: { order: 3, order_z: 0 }, separate: false },
  PreprocessorFor3D_LeaveOriginalZSpacing: { ownSpacing: [0] },
  PreprocessorFor3D_NoResampling: { ownSpacing: [0, 1, 2] },
};

interface PreprocessorRules {
  ownSpacing?: number[];
  nanToZero?: boolean;
  image?: OnnxResampling;
  mask?: OnnxResampling;
  separate?: boolean;
}

/**
 * Makes the manifest of a model.
 *
 * @throws NnUNetError 'unsupported-preprocessor' if its steps cannot be described
 */
export function onnxManifest(
  description: ModelDescription,
  networks: OnnxFile[],
  postprocessing: PostprocessingRule | null,
): OnnxManifest {
  const { plans, stage, network, regionClassOrder } = description;
  const rules = rulesOf(plans);
  const statistics = plans.dataset_properties.intensityproperties;
  const given = plans.segmentation_export_params;
  const separate = (allowed: boolean) => (allowed ? ANISOTROPY_THRESHOLD : null);
  return {
    format: 'nnunet-onnx',
    version: 1,
    ...onnxHead(description, { patchSize: patchSizeOf(description), modalities: plans.modalities, networks }),
    output: { name: 'output', channels: network.classes, values: description.nonlinearity },
    labels: plans.all_classes,
    preprocessing: {
      crop: { to: 'nonzero', fill_holes: true },
      transpose: plans.transpose_forward,
      nan_to_zero: rules.nanToZero ?? true,
      resample: {
        spacing: plans.plans_per_stage[stage]!.current_spacing.map((mm, axis) =>
          rules.ownSpacing?.includes(axis) ? null : mm,
        ),
        image: rules.image ?? { order: 3, order_z: 0 },
        mask: rules.mask ?? { order: 1, order_z: 0 },
        separate_axis_above: separate(rules.separate ?? true),
      },
      normalize: Array.from({ length: plans.num_modalities }, (_, channel) => {
        const scheme = schemeOf(plans, channel);
        const of = statistics?.[channel];
        const { mean, sd, percentile_00_5, percentile_99_5 } = of ?? {};
        return {
          channel,
          scheme,
          use_mask: plans.use_mask_for_norm[channel] ?? false,
          statistics:
            of === undefined || !scheme.startsWith('CT')
              ? null
              : { mean: mean!, sd: sd!, percentile_00_5: percentile_00_5!, percentile_99_5: percentile_99_5! },
        };
      }),
    },
    previous_stage: needsPreviousStage(description)
      ? { configuration: '3d_lowres', labels: plans.all_classes, order: 1 }
      : null,
    tiling: { step_size: 0.5, mirror_axes: description.mirrorAxes, gaussian_sigma: 0.125 },
    export: {
      transpose: plans.transpose_backward,
      resample: {
        order: given?.interpolation_order ?? 1,
        order_z: given?.interpolation_order_z ?? 0,
        separate_axis_above: separate(given?.force_separate_z !== false),
      },
      region_class_order: regionClassOrder,
    },
    postprocessing: postprocessing && {
      entries: postprocessing.entries.map((entry) => (typeof entry === 'number' ? entry : [...entry])),
      minimum_sizes: postprocessing.minimumSizes && [...postprocessing.minimumSizes],
    },
  };
}

/** @param modalities channel to name */
export function onnxHead(
  { trainer, configuration, network }: Pick<ModelDescription, 'trainer' | 'configuration' | 'network'>,
  {
    patchSize,
    modalities,
    networks,
    ending = '.nii.gz',
  }: { patchSize: number[]; modalities: Readonly<Record<string, string>>; networks: OnnxFile[]; ending?: string },
): OnnxHead {
  return {
    trainer,
    configuration,
    networks,
    input: {
      name: 'data',
      channels: network.inputChannels,
      patch_size: patchSize,
      ...(network.graph === undefined ? {} : { fixed_size: true as const }),
      divisible_by: patchSize.map((_, axis) => network.pools.reduce((n, pool) => n * pool[axis]!, 1)),
    },
    modalities: Object.entries(modalities).map(([channel, name]) => ({
      channel: Number(channel),
      name,
      file_ending: `_${channel.padStart(4, '0')}${ending}`,
    })),
  };
}

/** @throws NnUNetError 'unsupported-preprocessor' for a scheme that the manifest's readers do not know */
function schemeOf(plans: Plans, channel: number): string {
  const scheme = plans.normalization_schemes[channel] ?? 'nonCT';
  if (/^(CT|CT2|noNorm|nonCT)$/.test(scheme)) return scheme;
  throw new NnUNetError('unsupported-preprocessor', {
    what: `the manifest cannot describe the normalisation scheme ${scheme}`,
    remedy: 'Only models with the schemes CT, CT2, noNorm and nonCT can be exported.',
  });
}

function rulesOf(plans: Plans): PreprocessorRules {
  const flat = Object.values(plans.plans_per_stage)[0]!.patch_size.length === 2;
  const name = plans.preprocessor_name ?? (flat ? 'PreprocessorFor2D' : 'GenericPreprocessor');
  const rules = Object.hasOwn(preprocessors, name) ? preprocessors[name] : undefined;
  const forced = plans.segmentation_export_params?.force_separate_z === true;
  if (rules !== undefined && !forced) return rules;
  throw new NnUNetError('unsupported-preprocessor', {
    what: forced
      ? 'the plans force separate resampling of an axis, which the manifest cannot describe'
      : `the manifest cannot describe the steps of ${name}`,
    remedy: `Only models with these preprocessors can be exported: ${Object.keys(preprocessors).join(', ')}.`,
  });
}
