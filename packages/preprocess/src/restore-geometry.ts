import { NnUNetError } from '@nnunet/errors';
import { type Order, separateAxis } from '@nnunet/resample';
import type { CaseProperties, Plans } from '@nnunet/schema';
import { inverseOrder, permuted } from './transpose.ts';

/** How a result is brought back to the image it came from: what the plans say of it, see {@link restoreContext}. */
export interface RestoreContext {
  /** The plans' transpose_backward: file axis i is network axis transposeBackward[i]. */
  transposeBackward: readonly number[];
  interpolationOrder: Order;
  /** Order along the separate axis. */
  orderZ: Order;
  /** Whether to resample the coarsest axis apart; decided by the spacings when null. */
  forceSeparateZ: boolean | null;
}

export interface RestoreOptions extends RestoreContext {
  /** Bytes that may be allocated, the result included; the probabilities given do not count. No limit by default. */
  maxMemory?: number;
}

/** How v1 brings back what a model of these plans says: its defaults are 1, 0 and null where the plans say nothing. */
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

/** What restoring needs of a case. */
export type RestoreProperties = Pick<
  CaseProperties,
  | 'original_size_of_raw_data'
  | 'original_spacing'
  | 'size_after_cropping'
  | 'size_after_resampling'
  | 'spacing_after_resampling'
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
 * @param shape (z, y, x) of the array, network order
 * @throws NnUNetError 'bad-case-properties' when the crop box does not lie in the image, 'bad-shape' for an array that is
 *   not of the size that the case was resampled to, 'usage' without the axes of the plans
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

/** For callers without types: an order of axes that is left out would put labels at other places without an error. */
function checkContext({ transposeBackward, interpolationOrder, orderZ }: RestoreContext): void {
  const axes = Array.isArray(transposeBackward) && [...transposeBackward].sort().join() === '0,1,2';
  if (axes && [interpolationOrder, orderZ].every((order) => Number.isInteger(order))) return;
  throw new NnUNetError('usage', {
    what: 'the axis order and the interpolation orders are missing',
    remedy: 'Pass restoreContext(plans), with the plans of the model.',
  });
}

/** @throws NnUNetError 'bad-shape' for an array (z, y, x) of another size than the case has in network order */
export function checkSize(shape: readonly number[], expected: readonly number[] | undefined): void {
  if (expected === undefined || shape.join() === expected.join()) return;
  throw new NnUNetError('bad-shape', {
    what: `a prediction of ${shape.join(' x ')} voxels for a case that was resampled to ${expected.join(' x ')}`,
    remedy: 'Use the properties that belong to this prediction, and the axis order of the network.',
  });
}
