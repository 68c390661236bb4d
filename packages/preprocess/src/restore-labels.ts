import { resampleLabels, type Shape3 } from '@nnunet/resample';
import type { Tensor } from '@nnunet/tensor';
import { bytesPerVoxel, decideLabels } from './decide-labels.ts';
import {
  type RestoreGeometry,
  type RestoreOptions,
  type RestoreProperties,
  restoreGeometry,
} from './restore-geometry.ts';
import { planSlabs, requireMemory, type SlabPlan } from './restore-memory.ts';
import { checkSoftmax, resampleOptions, type Softmax, SoftmaxPlanes, type SoftmaxResampling } from './softmax.ts';

export interface RestoreLabelsOptions extends RestoreOptions {
  /** Label of each region, for models with overlapping regions. */
  regionClassOrder?: readonly number[] | null;
}

/** Label map of a whole image, (z, y, x) in file order. */
export type LabelImage = Tensor<Uint8Array>;

/**
 * Inverts preprocessing for a prediction: resamples probabilities to the cropped image, decides labels, transposes back
 * and places them in an image of zeros of the original size. Works in slabs of a few dozen planes, as many as
 * `maxMemory` allows. A whole resampled class is held only if slices are interpolated with splines in two steps. From
 * v1's segmentation_export.py, save_segmentation_nifti_from_softmax.
 *
 * @param softmax (classes, z, y, x), network order
 * @throws NnUNetError 'bad-shape', 'bad-case-properties', 'memory-limit'
 */
export function restoreLabels(
  softmax: Softmax,
  properties: RestoreProperties,
  options: RestoreLabelsOptions,
): LabelImage {
  checkSoftmax(softmax);
  const geometry = restoreGeometry(softmax.shape.slice(1), properties, options);
  const { regionClassOrder = null } = options;
  const slabs = slabsForLabels(softmax.shape, geometry, options);
  const image = emptyImage(geometry);
  decideLabels(softmax, resamplingOf(geometry), { slabs, regionClassOrder }, placer(geometry, image.data));
  return image;
}

/**
 * Returns the bytes that {@link restoreLabels} would allocate, including its result. Call it before starting long work.
 * @param shape (classes, z, y, x) of the probabilities
 * @throws NnUNetError 'memory-limit' if `maxMemory` is too small, 'bad-case-properties'
 */
export function restoreMemory(
  shape: readonly number[],
  properties: RestoreProperties,
  options: RestoreLabelsOptions,
): number {
  return slabsForLabels(shape, restoreGeometry(shape.slice(1), properties, options), options).bytes;
}

function slabsForLabels(
  softmaxShape: readonly number[],
  geometry: RestoreGeometry,
  { regionClassOrder = null, maxMemory }: Pick<RestoreLabelsOptions, 'regionClassOrder' | 'maxMemory'>,
): SlabPlan {
  const { imageShape } = geometry;
  return planSlabs({
    softmaxShape,
    resampling: resamplingOf(geometry),
    resultBytes: imageShape[0] * imageShape[1] * imageShape[2],
    voxelBytes: bytesPerVoxel(resampleOptions(softmaxShape, resamplingOf(geometry)), regionClassOrder),
    decides: true,
    maxMemory,
  });
}

export function resamplingOf({ networkShape, order, orderZ, separateAxis }: RestoreGeometry): SoftmaxResampling {
  return { newShape: networkShape, order, orderZ, separateAxis };
}

/**
 * Returns the probabilities of the cropped image at its original spacing, (classes, z, y, x) in file order. v1 stores
 * them (as float16) in the .npz next to a prediction.
 *
 * @param softmax (classes, z, y, x), network order
 * @throws NnUNetError 'bad-shape', 'bad-case-properties', 'memory-limit'
 */
export function resampleSoftmaxToCropped(
  softmax: Softmax,
  properties: RestoreProperties,
  options: RestoreOptions,
): Softmax {
  checkSoftmax(softmax);
  const geometry = restoreGeometry(softmax.shape.slice(1), properties, options);
  const { networkShape, croppedShape, fileAxes } = geometry;
  const classes = softmax.shape[0]!;
  const voxels = croppedShape[0] * croppedShape[1] * croppedShape[2];
  const resultBytes = 4 * classes * voxels;
  const resampling = resamplingOf(geometry);
  const { maxMemory } = options;
  const slabs = planSlabs({
    softmaxShape: softmax.shape,
    resampling,
    resultBytes,
    voxelBytes: 0,
    decides: false,
    maxMemory,
  });
  const source = new SoftmaxPlanes(softmax, resampling, slabs.coefficientBytes);
  const data = new Float32Array(classes * voxels);
  const strides = stridesAlong(croppedShape, fileAxes);
  for (let c = 0; c < classes; c++) {
    source.use(c, networkShape[0] - 1);
    const out = data.subarray(c * voxels, (c + 1) * voxels);
    for (let k = 0; k < networkShape[0]; k++) {
      const plane = source.plane(k);
      for (let j = 0, at = 0; j < networkShape[1]; j++) {
        let to = k * strides[0] + j * strides[1];
        for (let i = 0; i < networkShape[2]; i++, at++, to += strides[2]) out[to] = plane[at]!;
      }
    }
  }
  return { data, shape: [classes, ...croppedShape] };
}

/**
 * Returns the labels of probabilities resampled to the shape of another stage, in network order: the lowres prediction
 * that the cascade's second stage reads. No axis is resampled separately, whatever the spacing (v1's
 * resample_and_save). Memory is not limited: besides the given probabilities, it holds the result (one byte per voxel)
 * and a slab of a few dozen MiB.
 *
 * @param targetShape (z, y, x)
 */
export function labelsAtShape(softmax: Softmax, targetShape: Shape3, interpolationOrder: 0 | 1 | 3 = 1): LabelImage {
  checkSoftmax(softmax);
  const size = targetShape[1] * targetShape[2];
  const data = new Uint8Array(targetShape[0] * size);
  const resampling = { newShape: targetShape, order: interpolationOrder, separateAxis: null, orderZ: 0 } as const;
  const voxelBytes = bytesPerVoxel(resampleOptions(softmax.shape, resampling), null);
  const sizes = { softmaxShape: softmax.shape, resultBytes: data.length, voxelBytes, decides: true };
  const slabs = planSlabs({ ...sizes, resampling, maxMemory: undefined });
  decideLabels(softmax, resampling, { slabs, regionClassOrder: null }, (plane, k) => data.set(plane, k * size));
  return { data, shape: [...targetShape] };
}

/**
 * Inverts preprocessing for labels decided in network space (v1's fast and fastest modes): resamples them as a
 * segmentation with `interpolationOrder` (1, or 0 for fastest), then transposes and places them as {@link
 * restoreLabels} does.
 *
 * @param labels (z, y, x), network order
 * @throws NnUNetError 'bad-shape', 'bad-case-properties', 'memory-limit'
 */
export function restoreLabelMap(
  labels: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
  properties: RestoreProperties,
  options: RestoreOptions,
): LabelImage {
  const geometry = restoreGeometry(labels.shape, properties, options);
  const { networkShape, imageShape, order, orderZ, separateAxis } = geometry;
  const voxels = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  // Both label maps as float32, and the result.
  requireMemory(4 * voxels(labels.shape) + 4 * voxels(networkShape) + voxels(imageShape), options.maxMemory);
  const resampled = resampleLabels(new Float32Array(labels.data), {
    shape: labels.shape,
    newShape: networkShape,
    order,
    orderZ,
    separateAxis,
  });
  const image = emptyImage(geometry);
  const place = placer(geometry, image.data);
  const size = networkShape[1] * networkShape[2];
  for (let k = 0; k < networkShape[0]; k++) place(resampled.subarray(k * size, (k + 1) * size), k);
  return image;
}

export function emptyImage({ imageShape }: RestoreGeometry): LabelImage {
  return { data: new Uint8Array(imageShape[0] * imageShape[1] * imageShape[2]), shape: imageShape };
}

/**
 * Returns a function that writes a plane in network order to its place in the whole image, clipping what lies outside.
 */
export function placer({ networkShape, imageShape, corner, fileAxes }: RestoreGeometry, image: Uint8Array) {
  const strides = stridesAlong(imageShape, fileAxes);
  const start = (corner[0] * imageShape[1] + corner[1]) * imageShape[2] + corner[2];
  const room = fileAxes.map((axis) => imageShape[axis]! - corner[axis]!);
  const rows = Math.min(networkShape[1], room[1]!);
  const columns = Math.min(networkShape[2], room[2]!);
  return (plane: Uint8Array | Float32Array, k: number) => {
    if (k >= room[0]!) return;
    for (let j = 0; j < rows; j++) {
      let to = start + k * strides[0] + j * strides[1];
      const from = j * networkShape[2];
      for (let i = 0; i < columns; i++, to += strides[2]) image[to] = plane[from + i]!;
    }
  };
}

/** Strides, in elements, of an array in file order along each network axis. */
function stridesAlong(shape: readonly number[], fileAxes: readonly number[]): [number, number, number] {
  const strides = [shape[1]! * shape[2]!, shape[2]!, 1];
  return [strides[fileAxes[0]!]!, strides[fileAxes[1]!]!, strides[fileAxes[2]!]!];
}
