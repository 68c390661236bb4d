import { NnUNetError } from '@nnunet/errors';
import { type Order, separateAxis } from '@nnunet/resample';
import type { CaseProperties, Plans } from '@nnunet/schema';
import { inverseOrder, permuted } from './transpose.ts';

/** The settings from the plans for restoring a result to the original image; see {@link restoreContext}. */
export interface RestoreContext {
  /** The plans' transpose_backward: file axis i is network axis transposeBackward[i]. */
  transposeBackward: readonly number[];
  interpolationOrder: Order;
  /** Interpolation order along the separate axis. */
  orderZ: Order;
  /** Whether to resample the coarsest axis separately; null decides by the spacing. */
  forceSeparateZ: boolean | null;
}

export interface RestoreOptions extends RestoreContext {
  /** Bytes that may be allocated, including the result but not the given probabilities. Default: no limit. */
  maxMemory?: number;
}

/**
 * Returns the settings with which v1 restores a prediction made with these plans. If the plans have none, v1's defaults
 * apply: 1, 0 and null.
 */
export function restoreContext(
  plans: Pick<Plans, 'transpose_backward' | 'segmentation_export_params'>,
): RestoreContext {
  const { transpose_backward, segmentation_export_params: given } = plans;
  return {
    transposeBackward: transpose_backward,
    forceSeparateZ: given?.force_separate_z ?? null,
    interpolationOrder: (given?.interpolation_order ?? 1) as Order,
    orderZ: (given?.interpolation_order_z ?? 0) as Order,
  };
}

/** The case properties needed for restoring. */
export type RestoreProperties = Pick<
  CaseProperties,
  | 'original_size_of_raw_data'
  | 'original_spacing'
  | 'size_after_cropping'
  | 'size_after_resampling'
  | 'spacing_after_resampling'
> & { crop_bbox?: CaseProperties['crop_bbox'] | null };

export interface RestoreGeometry {
  /** Shape of the cropped image, network order. */
  readonly networkShape: [number, number, number];
  /** Shape of the cropped image (z, y, x), file order. */
  readonly croppedShape: [number, number, number];
  /** Network axis resampled separately, or null. */
  readonly separateAxis: number | null;
  readonly order: Order;
  readonly orderZ: Order;
  /** Shape of the whole image (z, y, x), or of the cropped one if the case has no crop box. */
  readonly imageShape: [number, number, number];
  /** First voxel of the cropped image within the whole image, (z, y, x). */
  readonly corner: [number, number, number];
  /** File axis of each network axis. */
  readonly fileAxes: number[];
}

/**
 * Computes how an array in network order is restored to the image. The separate axis is chosen as in v1
 * (segmentation_export.py): by the original spacing, or else by the spacing after resampling. The latter is in network
 * order, but v1 reads it in file order. If the axes are transposed and only the target spacing is anisotropic, an axis
 * other than the coarse one is therefore resampled separately. This is kept so that results equal v1's.
 *
 * @param shape (z, y, x) of the array, network order
 * @throws NnUNetError 'bad-case-properties' if the crop box exceeds the image, 'bad-shape' for an array of a different
 *   size than the resampled case, 'usage' without the plans' axis order
 */
export function restoreGeometry(
  shape: readonly number[],
  properties: RestoreProperties,
  options: RestoreContext,
): RestoreGeometry {
  const { transposeBackward, interpolationOrder, orderZ, forceSeparateZ } = options;
  checkContext(options);
  checkSize(shape, properties.size_after_resampling);
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

/** Checks for untyped callers: a missing axis order would silently misplace the labels. */
function checkContext({ transposeBackward, interpolationOrder, orderZ }: RestoreContext): void {
  const axes = Array.isArray(transposeBackward) && [...transposeBackward].sort().join() === '0,1,2';
  if (axes && [interpolationOrder, orderZ].every((order) => Number.isInteger(order))) return;
  throw new NnUNetError('usage', {
    what: 'the axis order and the interpolation orders are missing',
    remedy: 'Pass restoreContext(plans), with the plans of the model.',
  });
}

/** @throws NnUNetError 'bad-shape' for an array (z, y, x) whose size differs from that of the case in network order */
export function checkSize(shape: readonly number[], expected: readonly number[] | undefined): void {
  if (expected === undefined || shape.join() === expected.join()) return;
  throw new NnUNetError('bad-shape', {
    what: `a prediction of ${shape.join(' x ')} voxels for a case that was resampled to ${expected.join(' x ')}`,
    remedy: 'Use the properties that belong to this prediction, and the axis order of the network.',
  });
}
