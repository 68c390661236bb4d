import { join } from 'node:path';
import { appendOneHot } from '@nnunet/inference/internal';
import type { ModelV2 } from '@nnunet/inference/node';
import { geometryOfCase } from '@nnunet/preprocess/internal';
import { nextStageFileName } from '@nnunet/schema/internal';
import { openPreparedCase } from '@nnunet/store';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import type { ImageFormats } from '@nnunet/volume';
import { readGeometry } from '@nnunet/volume/node';
import { referenceFileV2 } from './references-v2.ts';
import { readPreviousStage } from './validation-case.ts';

/** What a prediction needs to become labels of the image. */
type GeometryV2 = Parameters<ModelV2['rules']['prediction']>[0];

export interface ValidationCaseV2 {
  /** (channels, z, y, x), network order. */
  image: Tensor<Float32Array>;
  geometry: GeometryV2;
}

export interface ValidationSourceV2 {
  model: ModelV2;
  /** Folder of the prepared cases. */
  folder: string;
  preprocessedFolder: string;
  fileEnding: string;
  /** Labels of the previous stage, for a cascade. */
  previousStageFolder?: string;
  formats?: ImageFormats;
}

/**
 * Reads a prepared case as the network sees it in prediction.
 *
 * @throws NnUNetError 'missing-file', 'bad-prepared-case', 'bad-previous-stage'
 */
export async function readValidationCaseV2(source: ValidationSourceV2, id: string): Promise<ValidationCaseV2> {
  const prepared = await openPreparedCase(source.folder, id);
  try {
    const [channels, ...size] = prepared.shape;
    const all = await prepared.readBox([0, 0, 0], size);
    const images = all.subarray(0, (channels - 1) * sizeOf(size));
    const { properties } = prepared;
    const classes = source.model.description.previousLabels ?? [];
    const data = classes.length === 0 ? images : appendOneHot(images, await previousLabels(source, id, size), classes);
    const image = { data, shape: [channels - 1 + classes.length, ...size] };
    return { image, geometry: { properties, original: await originalOf(source, id, properties) } };
  } finally {
    await prepared.close();
  }
}

function previousLabels({ previousStageFolder = '' }: ValidationSourceV2, id: string, size: readonly number[]) {
  return readPreviousStage(join(previousStageFolder, nextStageFileName(id)), size);
}

/** The image is as it was prepared, unless it was turned to RAS: then the reference tells how it lay before. */
async function originalOf(
  { model, preprocessedFolder, fileEnding, formats }: ValidationSourceV2,
  id: string,
  properties: GeometryV2['properties'],
): Promise<GeometryV2['original']> {
  const { rules, description } = model;
  if (!description.reorients) return rules.originalOf(geometryOfCase(properties));
  return rules.originalOf(await readGeometry(referenceFileV2(preprocessedFolder, id, fileEnding), formats));
}
