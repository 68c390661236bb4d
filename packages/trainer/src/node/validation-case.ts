import { basename, join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { ModelDescription } from '@nnunet/inference';
import { appendOneHot, needsPreviousStage } from '@nnunet/inference/internal';
import type { CaseProperties } from '@nnunet/schema';
import { nextStageFileName } from '@nnunet/schema/internal';
import { openPreparedCase } from '@nnunet/store';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { readNpzFile } from '@nnunet/tensor/node';

export interface ValidationCase {
  id: string;
  /** Base name of the case's own files: that of its first image without modality and ending. */
  name: string;
  /** (channels, z, y, x), network order: modalities, then one-hot channels of the previous stage. */
  image: Tensor<Float32Array>;
  properties: CaseProperties;
}

/**
 * Reads a prepared case as the network sees it in prediction.
 *
 * @throws NnUNetError 'missing-file', 'bad-prepared-case', 'bad-previous-stage'
 */
export async function readValidationCase(
  folder: string,
  id: string,
  { description, previousStageFolder }: { description: ModelDescription; previousStageFolder?: string },
): Promise<ValidationCase> {
  const prepared = await openPreparedCase(folder, id);
  try {
    const [channels, ...size] = prepared.shape;
    const all = await prepared.readBox([0, 0, 0], size);
    const voxels = sizeOf(size);
    const modalities = all.subarray(0, (channels - 1) * voxels);
    const { properties } = prepared;
    const name = caseName(id, properties);
    if (!needsPreviousStage(description)) {
      return { id, name, image: { data: modalities, shape: [channels - 1, ...size] }, properties };
    }
    const labels = await readPreviousStage(join(previousStageFolder ?? '', nextStageFileName(id)), size);
    const classes = description.plans.all_classes;
    const data = appendOneHot(modalities, labels, classes);
    return { id, name, image: { data, shape: [channels - 1 + classes.length, ...size] }, properties };
  } finally {
    await prepared.close();
  }
}

/** Returns the name of a case's results, derived from the first data file as in v1. */
export function caseName(id: string, { list_of_data_files: [first] }: CaseProperties): string {
  return first === undefined ? id : basename(first).slice(0, -'_0000.nii.gz'.length);
}

export async function readPreviousStage(file: string, size: readonly number[]): Promise<ArrayLike<number>> {
  const labels = (await readNpzFile(file)).get('data');
  if (labels !== undefined && labels.shape.join() === size.join()) return labels.data as Uint8Array;
  throw new NnUNetError('bad-previous-stage', {
    what: `labels of ${labels?.shape.join(' x ') ?? 'no'} voxels, but the preprocessed case has ${size.join(' x ')}`,
    where: file,
    remedy: 'Predict the next stage again after preprocessing: train 3d_lowres with `validationOnly`.',
  });
}
