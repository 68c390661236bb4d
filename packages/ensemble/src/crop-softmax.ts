import type { RestoreProperties } from '@nnunet/preprocess';
import type { SoftmaxMember } from './merge-softmax.ts';

/**
 * Probabilities of the cropped image. nnU-Net 1.7.1 stores just these; later sources of v1 store the original image with
 * zeros around the crop box, which is recognised by its size and cut out here.
 */
export function cropSoftmax(softmax: SoftmaxMember, properties: RestoreProperties): SoftmaxMember {
  const { original_size_of_raw_data: whole, size_after_cropping: cropped, crop_bbox: box = null } = properties;
  const [classes, nz, ny, nx] = softmax.shape as [number, number, number, number];
  if (box === null || cropped.join() === whole.join() || [nz, ny, nx].join() !== whole.join()) return softmax;
  const [cz, cy, cx] = cropped as [number, number, number];
  const data = new Float32Array(classes * cz * cy * cx);
  const [z0, y0, x0] = box.map(([low]) => low) as [number, number, number];
  for (let c = 0, to = 0; c < classes; c++) {
    for (let z = 0; z < cz; z++) {
      for (let y = 0; y < cy; y++, to += cx) {
        const from = ((c * nz + z + z0) * ny + y + y0) * nx + x0;
        data.set(softmax.data.subarray(from, from + cx), to);
      }
    }
  }
  return { ...softmax, data, shape: [classes, cz, cy, cx] };
}
