import { NnUNetError } from '@nnunet/errors';
import { readNpzFile } from '@nnunet/tensor/node';
import type { SoftmaxMember } from '../merge-softmax.ts';

/**
 * Reads the probabilities beside a prediction: key `softmax`, (classes, z, y, x), file order.
 *
 * @throws NnUNetError 'bad-softmax', 'missing-file', 'bad-zip', 'bad-npy'
 */
export async function readSoftmax(path: string): Promise<SoftmaxMember> {
  const softmax = (await readNpzFile(path)).get('softmax');
  if (softmax?.shape.length !== 4) {
    throw new NnUNetError('bad-softmax', {
      what:
        softmax === undefined ? 'holds no array "softmax"' : `holds a softmax of shape [${softmax.shape.join(', ')}]`,
      where: path,
      remedy: 'Predict again with -z (nnUNet_predict) or --npz (nnUNet_train).',
    });
  }
  const { data, shape, dtype } = softmax;
  if (data instanceof Float32Array) return { data, shape, dtype };
  return { data: Float32Array.from(data as ArrayLike<number>), shape, dtype: 'float32' };
}
