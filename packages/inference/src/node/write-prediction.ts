import type { CaseProperties } from '@nnunet/dataset';
import { writeCaseProperties } from '@nnunet/dataset/node';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeVolume } from '@nnunet/volume/node';
import type { Prediction, PredictionMode } from '../prediction.ts';

export interface WritePredictionOptions {
  /** Also `<case>.npz` (softmax of the cropped image, float16) and `<case>.json` (properties), as an ensemble needs them. */
  saveProbabilities?: boolean;
  mode?: PredictionMode;
}

/**
 * Writes a prediction as `<base>.nii.gz`, uint8, with the geometry of the image. The label file comes last, so that a case
 * with one is complete.
 *
 * @param base path without ending
 * @throws NnUNetError 'disk-full', 'no-access', …
 */
export async function writePrediction(
  base: string,
  prediction: Prediction,
  { saveProbabilities = false, mode = 'normal' }: WritePredictionOptions = {},
): Promise<void> {
  if (saveProbabilities) {
    const { regionClassOrder } = prediction.description;
    const regions = regionClassOrder === null ? {} : { regions_class_order: regionClassOrder };
    await writeNpzFile(`${base}.npz`, { softmax: { ...prediction.softmax(), dtype: 'float16' } });
    const properties: CaseProperties = { ...prediction.properties, ...regions };
    await writeCaseProperties(`${base}.json`, properties);
  }
  await writeVolume(`${base}.nii.gz`, prediction.labels(mode));
}
