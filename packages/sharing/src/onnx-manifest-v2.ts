import { NnUNetError } from '@nnunet/errors';
import type { ModelDescriptionV2 } from '@nnunet/inference/node';
import { type ResamplingFunctionV2, resamplingV2, schemesV2 } from '@nnunet/preprocess/internal';
import {
  type OnnxFile,
  type OnnxHead,
  type OnnxNormalization,
  type OnnxResampling,
  onnxHead,
} from './onnx-manifest.ts';

/** How one kind of image is resampled; null: not at all. */
type ResamplingV2 = (OnnxResampling & { separate_axis_above: number | null }) | null;

/**
 * Everything another program needs to produce the labels of a model of nnU-Net v2, step by step, in the order of the
 * keys. All axes are (z, y, x); "network order" means after the transpose. docs/sharing_models.md explains each key.
 */
export interface OnnxManifestV2 extends OnnxHead {
  format: 'nnunet-onnx';
  version: 2;
  output: { name: string; channels: number; values: 'logits' };
  /**
   * v2's class that reads the images and writes label maps, and their file ending with its dot. A file of NaturalImage2DIO may
   * hold several channels; those of all files, in the order of `modalities`, are the channels of a case.
   */
  images: { reader: string; file_ending: string };
  /** Name to value, or to the values of a region. */
  labels: Record<string, number | number[]>;
  preprocessing: {
    reorient: 'RAS' | null;
    transpose: number[];
    crop: { to: 'nonzero'; fill_holes: true };
    /** Before resampling. */
    normalize: OnnxNormalization[];
    resample: {
      /** mm, network order; null keeps the case's own spacing. */
      spacing: (number | null)[];
      image: ResamplingV2;
    };
  };
  /** For a cascade, the labels that 3d_lowres finds, each a channel of 0 and 1 after the modalities. */
  previous_stage: { labels: number[]; resample: ResamplingV2 } | null;
  tiling: {
    step_size: number;
    mirror_axes: number[];
    /** Standard deviation of a tile's weights, as a fraction of its size. */
    gaussian_sigma: number;
    /** Type of the weights and of all sums. */
    precision: 'float16';
  };
  export: {
    resample: ResamplingV2;
    values: 'softmax' | 'sigmoid';
    /**
     * Labels in writing order, each written where its probability exceeds 0.5; null: take the channel of the highest
     * logit.
     */
    region_class_order: number[] | null;
    transpose: number[];
  };
}

/**
 * Makes the manifest of a model of v2.
 *
 * @param dataset content of dataset.json
 * @throws NnUNetError 'unsupported-preprocessor' for a normalisation scheme that the manifest's readers do not know
 */
export function onnxManifestV2(
  description: ModelDescriptionV2,
  dataset: Record<string, unknown>,
  networks: OnnxFile[],
): OnnxManifestV2 {
  const { network, preprocessing, patchSize, previousLabels } = description;
  const keeps = resampling(preprocessing.resampleData) === null;
  const modalities = (dataset.channel_names ?? dataset.modality) as Record<string, string>;
  const ending = String(dataset.file_ending ?? '.nii.gz');
  return {
    format: 'nnunet-onnx',
    version: 2,
    ...onnxHead(description, { patchSize, modalities, networks, ending }),
    output: { name: 'output', channels: network.classes, values: 'logits' },
    images: { reader: description.reader, file_ending: ending },
    labels: dataset.labels as OnnxManifestV2['labels'],
    preprocessing: {
      reorient: description.reorients ? 'RAS' : null,
      transpose: [...preprocessing.transposeForward],
      crop: { to: 'nonzero', fill_holes: true },
      normalize: preprocessing.normalizationSchemes.map((scheme, channel) => {
        if (!Object.hasOwn(schemesV2, scheme)) throw unknownScheme(scheme);
        const of = scheme === 'CTNormalization' ? preprocessing.intensities[channel] : null;
        return {
          channel,
          scheme,
          use_mask: preprocessing.useMaskForNorm[channel] ?? false,
          statistics: of
            ? { mean: of.mean, sd: of.std, percentile_00_5: of.percentile_00_5, percentile_99_5: of.percentile_99_5 }
            : null,
        };
      }),
      resample: {
        spacing: keeps
          ? [null, null, null]
          : preprocessing.spacing.length < 3
            ? [null, ...preprocessing.spacing]
            : [...preprocessing.spacing],
        image: resampling(preprocessing.resampleData),
      },
    },
    previous_stage: previousLabels && {
      labels: previousLabels,
      resample: resampling(preprocessing.resampleLabels),
    },
    tiling: { step_size: 0.5, mirror_axes: description.mirrorAxes, gaussian_sigma: 0.125, precision: 'float16' },
    export: {
      resample: resampling(preprocessing.resampleProbabilities),
      values: description.nonlinearity,
      region_class_order: description.regionClassOrder,
      transpose: [...preprocessing.transposeBackward],
    },
  };
}

function resampling(fn: ResamplingFunctionV2): ResamplingV2 {
  const { none, order, orderZ, force, threshold } = resamplingV2(fn);
  // Forced: the spacing of any image exceeds 0 times its smallest.
  return none ? null : { order, order_z: orderZ, separate_axis_above: force === null ? threshold : force ? 0 : null };
}

function unknownScheme(scheme: string): NnUNetError {
  return new NnUNetError('unsupported-preprocessor', {
    what: `the manifest cannot describe the normalisation scheme ${scheme}`,
    remedy: `Only models with these schemes can be exported: ${Object.keys(schemesV2).join(', ')}.`,
  });
}
