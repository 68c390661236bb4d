import { NnUNetError } from '@nnunet/errors';
import type { RestoreProperties, Softmax } from '@nnunet/preprocess';
import { sizeOf } from '@nnunet/tensor';
import { copyBox, roundToFloat16 } from '@nnunet/tensor/internal';

/** Probabilities of one model. `dtype: 'float16'` means that every value is already a half float. */
export interface SoftmaxMember extends Softmax {
  readonly dtype?: string;
}

export interface MergeOptions {
  /**
   * 'float16' rounds members and mean to half floats, as v1's files do; ties between classes, which are then frequent,
   * go to the lower class. 'float32' keeps the unrounded mean. Default: 'float16'.
   */
  precision?: 'float16' | 'float32';
}

/**
 * Averages the probabilities of several models, (classes, z, y, x). The sum is computed in float32 in the order of the
 * members and divided by their number, as NumPy does for half floats, so that results equal v1's bit for bit.
 * Origin: v1's inference/ensemble_predictions.py merge_files.
 *
 * @throws NnUNetError 'no-members', 'bad-shape', 'shape-mismatch'
 */
export function mergeSoftmax(members: readonly SoftmaxMember[], options: MergeOptions = {}): SoftmaxMember {
  const mean = new SoftmaxMean(options);
  for (const member of members) mean.add(member);
  return mean.result();
}

/** Like {@link mergeSoftmax}, for members that arrive one by one: only the sum is held in memory. */
export class SoftmaxMean {
  readonly #half: boolean;
  #sum: Float32Array<ArrayBuffer> | null = null;
  #shape: readonly number[] = [];
  #members = 0;

  constructor({ precision = 'float16' }: MergeOptions = {}) {
    this.#half = precision === 'float16';
  }

  /**
   * @param where names the member in the error
   * @throws NnUNetError 'bad-shape', 'shape-mismatch'
   */
  add(member: SoftmaxMember, where?: string): void {
    const { shape } = member;
    if (shape.length !== 4 || member.data.length !== sizeOf(shape)) {
      throw new NnUNetError('bad-shape', {
        what: `probabilities of shape [${shape.join(', ')}] with ${member.data.length} values`,
        where,
        remedy: 'Probabilities have the axes (classes, z, y, x).',
      });
    }
    if (this.#sum !== null && shape.join() !== this.#shape.join()) {
      throw new NnUNetError('shape-mismatch', {
        what: `probabilities of ${shape.join(' x ')} (classes, z, y, x), but the first model has ${this.#shape.join(' x ')}`,
        where,
        remedy: 'Merge predictions of the same images by models of the same task.',
      });
    }
    const rounds = this.#half && member.dtype !== 'float16';
    this.#members++;
    if (this.#sum === null) {
      this.#sum = member.data.slice();
      if (rounds) roundToFloat16(this.#sum, this.#sum);
      this.#shape = [...shape];
      return;
    }
    const data = rounds ? roundToFloat16(member.data) : member.data;
    const sum = this.#sum;
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
  }

  /** Returns the mean of the members added so far. Call it once: it reuses the sum. @throws NnUNetError 'no-members' */
  result(): SoftmaxMember {
    const data = this.#sum;
    const count = this.#members;
    if (data === null) {
      throw new NnUNetError('no-members', {
        what: 'there are no probabilities to merge',
        remedy: 'Give the probabilities of at least one model.',
      });
    }
    this.#sum = null;
    this.#members = 0;
    if (count > 1) for (let i = 0; i < data.length; i++) data[i]! /= count;
    if (this.#half && count > 1) roundToFloat16(data, data);
    return { data, shape: this.#shape, dtype: this.#half ? 'float16' : 'float32' };
  }
}

/**
 * Returns the probabilities of the cropped image. nnU-Net 1.7.1 stores only these; later versions of v1 store the
 * original image with zeros around the crop box, which is recognised by its size and cropped here.
 */
export function cropSoftmax(softmax: SoftmaxMember, properties: RestoreProperties): SoftmaxMember {
  const { original_size_of_raw_data: whole, size_after_cropping: cropped, crop_bbox: box = null } = properties;
  const [classes = 0, ...size] = softmax.shape;
  if (box === null || cropped.join() === whole.join() || size.join() !== whole.join()) return softmax;
  const data = copyBox(softmax.data, softmax.shape, [[0, classes], ...box]);
  return { ...softmax, data, shape: [classes, ...cropped] };
}
