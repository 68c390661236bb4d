import { NnUNetError } from '@nnunet/errors';
import type { PreparedTestCase } from '@nnunet/preprocess';
import { permuted, transposeVolume } from '@nnunet/preprocess/internal';
import { resampleLabels } from '@nnunet/resample';
import type { Tensor } from '@nnunet/tensor';
import type { Geometry } from '@nnunet/volume';
import { appendOneHot } from './one-hot-channels.ts';

/** Labels of a whole image, (z, y, x) in file order. Their position is compared with the image's, if given. */
export interface LabelMap extends Partial<Geometry> {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/**
 * Makes the input of a cascade's second stage: a prepared image, and one channel per class with the result of the first
 * stage. The labels are cropped, transposed and resampled like the image.
 *
 * v1's nnUNet_predict does not crop them, so that, unlike in training, they are stretched if the image has a border of
 * zeros. The difference is intentional.
 *
 * @param labels at the original size of the image
 * @param transposeForward of the plans
 * @param classes foreground labels, in the order of the channels
 * @returns (modalities + classes, z, y, x), network order
 * @throws NnUNetError 'bad-previous-stage' if the labels have another size
 */
export function withPreviousStage(
  prepared: PreparedTestCase,
  labels: LabelMap,
  { transposeForward, classes }: { transposeForward: readonly number[]; classes: readonly number[] },
): Tensor<Float32Array> {
  const { original_size_of_raw_data: size, crop_bbox } = prepared.properties;
  requireSize(labels, size, prepared.id);
  const cropped = crop(labels, crop_bbox);
  const croppedShape = crop_bbox.map(([low, high]) => high - low);
  const turned = transposeVolume(cropped, croppedShape, transposeForward);
  const [channels, ...newShape] = prepared.shape;
  const resampled = resampleLabels(turned, {
    shape: permuted(croppedShape, transposeForward),
    newShape,
    order: 1,
    separateAxis: null,
  });
  const data = appendOneHot(prepared.data, resampled, classes);
  return { data, shape: [channels + classes.length, ...newShape] };
}

type Side = readonly [low: number, high: number];

function crop({ data, shape }: LabelMap, box: readonly Side[]): Float32Array {
  const [, Y, X] = shape as [number, number, number];
  const [[z0, z1], [y0, y1], [x0, x1]] = box as [Side, Side, Side];
  const out = new Float32Array((z1 - z0) * (y1 - y0) * (x1 - x0));
  let o = 0;
  for (let z = z0; z < z1; z++)
    for (let y = y0; y < y1; y++) {
      const row = (z * Y + y) * X;
      for (let x = x0; x < x1; x++) out[o++] = data[row + x]!;
    }
  return out;
}

/** @throws NnUNetError 'bad-previous-stage' if the labels and the image differ in size */
export function requireSize({ shape }: LabelMap, size: readonly number[], id: string): void {
  if (shape.join() === size.join()) return;
  throw new NnUNetError('bad-previous-stage', {
    what: `the previous stage's segmentation has ${shape.join(' x ')} voxels, but the image has ${size.join(' x ')}`,
    where: id,
    remedy: 'Give the 3d_lowres prediction of the same image.',
  });
}

export function missingPreviousStage(id: string): NnUNetError {
  return new NnUNetError('missing-previous-stage', {
    what: `the cascade needs the 3d_lowres segmentation of ${id}`,
    remedy: 'Predict with 3d_lowres first, and give its result.',
  });
}
