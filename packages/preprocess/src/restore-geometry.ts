import type { CaseProperties } from '@nnunet/dataset';
import { NnUNetError } from '@nnunet/errors';
import { type Order, separateAxis } from '@nnunet/resample';
import { inverseOrder, permuted } from './transpose.ts';

/** How a result is brought back to the image it came from. */
export interface RestoreOptions {
  /** The plans' transpose_backward: file axis i is network axis transposeBackward[i]. The identity by default. */
  transposeBackward?: readonly number[];
  /** 1 by default. */
  interpolationOrder?: Order;
  /** Order along the separate axis; 0 by default. */
  orderZ?: Order;
  /** Whether to resample the coarsest axis apart; decided by the spacings when null. */
  forceSeparateZ?: boolean | null;
  /** Bytes that may be allocated, the result included; the probabilities given do not count. No limit by default. */
  maxMemory?: number;
}

/** What restoring needs of a case. */
export type RestoreProperties = Pick<
  CaseProperties,
  'original_size_of_raw_data' | 'original_spacing' | 'size_after_cropping' | 'spacing_after_resampling'
> & { crop_bbox?: CaseProperties['crop_bbox'] | null };

export interface RestoreGeometry {
  /** Shape in the cropped image, network order. */
  readonly networkShape: [number, number, number];
  /** (z, y, x) of the cropped image, file order. */
  readonly croppedShape: [number, number, number];
  /** Network axis resampled apart from the others, or null. */
  readonly separateAxis: number | null;
  readonly order: Order;
  readonly orderZ: Order;
  /** (z, y, x) of the whole image; of the cropped one when the case has no crop box. */
  readonly imageShape: [number, number, number];
  /** First voxel of the cropped image in the whole one, (z, y, x). */
  readonly corner: [number, number, number];
  /** File axis of each network axis. */
  readonly fileAxes: number[];
}

/**
 * Where and how an array in network order goes back. The separate axis is decided as v1 does
 * (segmentation_export.py): by the original spacing, else by the spacing after resampling. The second is in network
 * order but v1 reads it as file order; where a transpose meets a target spacing that alone is anisotropic, another axis
 * than the coarse one is treated apart. Results equal v1's only if that is kept.
 *
 * @throws NnUNetError 'bad-case-properties' when the crop box does not lie in the image
 */
export function restoreGeometry(properties: RestoreProperties, options: RestoreOptions): RestoreGeometry {
  const { transposeBackward = [0, 1, 2], interpolationOrder = 1, orderZ = 0, forceSeparateZ = null } = options;
  const { original_spacing: spacing, size_after_cropping: cropped } = properties;
  const fileAxis = separateAxis(spacing, properties.spacing_after_resampling ?? spacing, forceSeparateZ);
  const fileAxes = inverseOrder(transposeBackward);
  const box = properties.crop_bbox ?? null;
  const image = box === null ? cropped : properties.original_size_of_raw_data;
  const corner = box === null ? [0, 0, 0] : box.map(([low]) => low);
  if (!corner.every((low, axis) => low >= 0 && low < image[axis]!)) {
    throw new NnUNetError('bad-case-properties', {
      what: `crop_bbox starts at ${corner.join(', ')}, outside an image of ${image.join(' x ')} voxels`,
      remedy: 'Use the properties that belong to this prediction.',
    });
  }
  return {
    networkShape: permuted(cropped, fileAxes) as [number, number, number],
    croppedShape: [...cropped] as [number, number, number],
    separateAxis: fileAxis === null ? null : transposeBackward[fileAxis]!,
    order: interpolationOrder,
    orderZ,
    imageShape: [...image] as [number, number, number],
    corner: corner as [number, number, number],
    fileAxes,
  };
}
