import { NnUNetError } from '@nnunet/errors';
import type { WeightMap } from '@nnunet/inference';

/**
 * Copies the weights of a trained network into those of a new one: every tensor whose name and shape match. Encoder and
 * decoder (`conv_blocks…`) must match completely; up-convolutions and heads may differ. Of a network with other names, something must match.
 *
 * @throws NnUNetError 'bad-weights' naming what does not match
 *
 * Origin: v1's `load_pretrained_weights`.
 */
export function withPretrainedWeights(fresh: WeightMap, given: WeightMap): WeightMap {
  const plain: WeightMap = new Map([...given].map(([name, tensor]) => [name.replace(/^module\./, ''), tensor]));
  const result: WeightMap = new Map();
  let fitting = 0;
  for (const [name, own] of fresh) {
    const other = plain.get(name);
    const fits = other !== undefined && other.shape.join() === own.shape.join();
    if (!fits && name.includes('conv_blocks')) {
      const found = other === undefined ? 'missing there' : `${other.shape.join(' x ')} there`;
      throw new NnUNetError('bad-weights', {
        what: `the pretrained weights belong to another network: ${name} is ${own.shape.join(' x ')} here, ${found}`,
        remedy: 'Use weights trained with the same network (plan with `overwritePlans`).',
      });
    }
    if (fits) fitting++;
    result.set(name, fits ? other : own);
  }
  if (fitting === 0) {
    throw new NnUNetError('bad-weights', {
      what: 'the pretrained weights belong to another network: none of them has the name and shape of one here',
      remedy: 'Use weights trained with the same network.',
    });
  }
  return result;
}
