import { NnUNetError } from '@nnunet/errors';
import { readLabels } from '@nnunet/volume/node';

/** A predicted label file and its reference. */
export interface FilePair {
  test: string;
  reference: string;
}

type LabelVolume = Awaited<ReturnType<typeof readLabels>>;

/** Reads both files. Throws 'shape-mismatch' where their sizes differ, and what reading them throws. */
export async function readPair(pair: FilePair): Promise<{ test: LabelVolume; reference: LabelVolume }> {
  const test = await readLabels(pair.test);
  const reference = await readLabels(pair.reference);
  if (test.shape.some((edge, axis) => edge !== reference.shape[axis])) {
    throw new NnUNetError('shape-mismatch', {
      what: `has ${test.shape.join(' x ')} voxels (z, y, x), its reference ${pair.reference} ${reference.shape.join(' x ')}`,
      where: pair.test,
      remedy: 'Predict the original image of this case, or compare with the labels that belong to it.',
    });
  }
  return { test, reference };
}
