import { NnUNetError } from '@nnunet/errors';
import { firstNotFinite } from '@nnunet/tensor/internal';
import { readNpzFile } from '@nnunet/tensor/node';
import type { SoftmaxMember } from '../merge-softmax.ts';

/**
 * Reads the probabilities stored next to a prediction: key `softmax`, (classes, z, y, x), file order.
 *
 * @throws NnUNetError 'bad-softmax', 'missing-file', 'bad-zip', 'bad-npy'
 */
export async function readSoftmax(path: string): Promise<SoftmaxMember> {
  const arrays = await readNpzFile(path);
  const softmax = arrays.get('softmax');
  if (softmax === undefined && arrays.has('probabilities')) {
    throw new NnUNetError('bad-softmax', {
      what: 'contains the probabilities of a model of nnU-Net v2, and this command merges those of v1',
      where: path,
      remedy: 'Use: nnUNetv2_ensemble -i FOLDER FOLDER -o FOLDER',
    });
  }
  if (softmax?.shape.length !== 4) {
    throw new NnUNetError('bad-softmax', {
      what:
        softmax === undefined
          ? 'contains no array "softmax"'
          : `contains a softmax of shape [${softmax.shape.join(', ')}]`,
      where: path,
      remedy: 'Predict again: nnUNet_predict `saveSoftmax`, or nnUNet_train `saveSoftmax`.',
    });
  }
  const { data, shape, dtype } = softmax;
  const single = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
  const at = firstNotFinite(single);
  if (at >= 0) {
    throw new NnUNetError('bad-softmax', {
      what: `contains ${single[at]} among its probabilities`,
      where: path,
      remedy: 'Predict the case again. If that does not help, the weights of the model are not finite.',
    });
  }
  return { data: single, shape, dtype: data === single ? dtype : 'float32' };
}
