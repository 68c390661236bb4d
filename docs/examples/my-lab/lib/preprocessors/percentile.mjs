import { GenericPreprocessor } from '@nnunet/preprocess';

/** Scales each image so that its 1st percentile becomes 0 and its 99th becomes 1; what lies beyond is clipped. */
export class PercentilePreprocessor extends GenericPreprocessor {
  /**
   * @param {Float32Array} image one modality, resampled; changed in place
   * @param {Float32Array} segmentation labels of the same voxels, -1 outside the nonzero region
   */
  normalize(image, segmentation) {
    const inside = image.filter((_, i) => segmentation[i] >= 0).sort();
    const low = inside[Math.floor(0.01 * (inside.length - 1))];
    const high = inside[Math.ceil(0.99 * (inside.length - 1))];
    const scale = high > low ? 1 / (high - low) : 0;
    for (let i = 0; i < image.length; i++) image[i] = Math.min(1, Math.max(0, (image[i] - low) * scale));
  }
}
