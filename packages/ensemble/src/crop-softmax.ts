import type { RestoreProperties } from '@nnunet/preprocess';
import { copyBox } from '@nnunet/tensor/internal';
import type { SoftmaxMember } from './merge-softmax.ts';

/**
 * Probabilities of the cropped image. nnU-Net 1.7.1 stores just these; later sources of v1 store the original image with
 * zeros around the crop box, which is recognised by its size and cut out here.
 */
export function cropSoftmax(softmax: SoftmaxMember, properties: RestoreProperties): SoftmaxMember {
  const { original_size_of_raw_data: whole, size_after_cropping: cropped, crop_bbox: box = null } = properties;
  const [classes = 0, ...size] = softmax.shape;
  if (box === null || cropped.join() === whole.join() || size.join() !== whole.join()) return softmax;
  const data = copyBox(softmax.data, softmax.shape, [[0, classes], ...box]);
  return { ...softmax, data, shape: [classes, ...cropped] };
}
