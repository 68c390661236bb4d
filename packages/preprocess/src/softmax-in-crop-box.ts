import { copyBox } from './copy-box.ts';
import type { RestoreProperties } from './restore-geometry.ts';
import { channelOf, checkSoftmax, type Softmax } from './softmax.ts';

/**
 * Stored probabilities in the crop box. nnunet 1.7.1 stores the cropped region beside a prediction; later sources of
 * the v1 branch store the whole image with zeros around. Such an array is recognised by its shape and cut to the box;
 * any other is returned as it is.
 *
 * @param softmax (classes, z, y, x), file order
 */
export function softmaxInCropBox(softmax: Softmax, properties: RestoreProperties): Softmax {
  checkSoftmax(softmax);
  const { original_size_of_raw_data: whole, size_after_cropping: cropped, crop_bbox } = properties;
  const [classes = 0, ...shape] = softmax.shape;
  if (shape.join() !== whole.join() || whole.join() === cropped.join() || !crop_bbox) return softmax;
  const voxels = cropped.reduce((a, b) => a * b, 1);
  const data = new Float32Array(classes * voxels);
  for (let c = 0; c < classes; c++) data.set(copyBox(channelOf(softmax, c), shape, crop_bbox), c * voxels);
  return { data, shape: [classes, ...cropped] };
}
