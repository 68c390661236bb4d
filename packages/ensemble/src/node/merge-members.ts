import { rm } from 'node:fs/promises';
import { restoreLabels } from '@nnunet/preprocess';
import { geometryOfCase } from '@nnunet/preprocess/internal';
import { writeCaseProperties } from '@nnunet/store/internal';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeVolume } from '@nnunet/volume/node';
import { cropSoftmax, SoftmaxMean } from '../merge-softmax.ts';
import type { StoredProperties } from '../region-order.ts';
import { readSoftmax } from './read-softmax.ts';

/** Merging of one case. Plain data that can be sent to a thread. */
export interface MergeTask {
  caseId: string;
  /** One .npz file per model. */
  members: readonly string[];
  /** Properties of the first model. */
  properties: StoredProperties;
  regionClassOrder: readonly number[] | null;
  /** Path of the result without its file extension. */
  base: string;
  /** Also write the mean (`.npz`, float16) and the properties (`.json`). */
  saveNpz: boolean;
}

/**
 * Merges the stored probabilities of a case and writes the labels of their mean as `<base>.nii.gz`, last of all files.
 *
 * @throws NnUNetError 'shape-mismatch', 'bad-softmax', 'bad-case-properties', and any error from reading and writing
 */
export async function mergeMembers(task: MergeTask): Promise<void> {
  const { members, properties, regionClassOrder, base, saveNpz } = task;
  // These files belong together, so delete those of an earlier run.
  for (const ending of ['.nii.gz', '.npz']) await rm(base + ending, { force: true });
  const mean = new SoftmaxMean();
  for (const path of members) mean.add(cropSoftmax(await readSoftmax(path), properties), path);
  const { data, shape } = mean.result();
  if (saveNpz) {
    await writeNpzFile(`${base}.npz`, { softmax: { data, shape, dtype: 'float16' } });
    await writeCaseProperties(`${base}.json`, properties);
  }
  // The mean covers the cropped image, in file order.
  const cropped = { ...properties, size_after_resampling: properties.size_after_cropping };
  const labels = restoreLabels({ data, shape }, cropped, {
    transposeBackward: [0, 1, 2],
    interpolationOrder: 3,
    orderZ: 0,
    forceSeparateZ: null,
    regionClassOrder,
  });
  await writeVolume(`${base}.nii.gz`, { ...geometryOfCase(properties), data: labels.data });
}
