import { connectedComponents } from '@nnunet/morphology';
import { componentImage } from '@nnunet/morphology/internal';
import type { CounterRandom } from '@nnunet/tensor';
import type { CascadeRecipe } from './recipe.ts';

/**
 * Removes a random small component from each one-hot channel, and sometimes moves it to another channel, in place.
 *
 * This is what v1's RemoveRandomConnectedComponentFromOneHotEncodingTransform is intended to do; in v1, a mistake in
 * its call means it never has an effect. In nnU-Net v2 it works.
 *
 * @param oneHot (channels, …shape), values 0 and 1
 */
export function removeComponents(
  oneHot: Float32Array,
  shape: readonly number[],
  settings: NonNullable<CascadeRecipe['removal']>,
  random: Pick<CounterRandom, 'uniform' | 'integer'>,
): void {
  const { probability, labelProbability = 1, greatestShare, refillProbability, diagonal } = settings;
  if (random.uniform() >= probability) return;
  const size = shape.reduce((a, b) => a * b, 1);
  const channels = oneHot.length / size;
  for (let c = 0; c < channels; c++) {
    if (labelProbability < 1 && random.uniform() >= labelProbability) continue;
    const own = oneHot.subarray(c * size, (c + 1) * size);
    const components = connectedComponents(Uint8Array.from(own), shape, { diagonal });
    const small = Array.from({ length: components.count }, (_, k) => k + 1).filter(
      (k) => components.sizes[k]! < size * greatestShare,
    );
    if (small.length === 0) continue;
    const removed = small[random.integer(small.length)]!;
    const refilled = channels > 1 && refillProbability > 0 && random.uniform() < refillProbability;
    const other = refilled ? (c + 1 + random.integer(channels - 1)) % channels : -1;
    const numbers = componentImage(components, size);
    for (let i = 0; i < size; i++) {
      if (numbers[i] !== removed) continue;
      own[i] = 0;
      if (other >= 0) oneHot[other * size + i] = 1;
    }
  }
}
