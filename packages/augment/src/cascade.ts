import type { CounterRandom } from '@nnunet/tensor';
import { type BallElement, type BallShape, ballElement } from './ball-element.ts';
import { type BitVolume, bitAt, dilateBits, erodeBits, packBits } from './bit-volume.ts';
import type { CascadeRecipe } from './recipe.ts';

export const BALL_OPERATIONS = ['dilation', 'erosion', 'closing', 'opening'] as const;
export type BallOperation = (typeof BALL_OPERATIONS)[number];

/** One step of the random binary operation. */
export interface BallStep {
  /** Index among the one-hot channels. */
  channel: number;
  operation: BallOperation;
  /** Radius in voxels; need not be an integer. */
  radius: number;
  /** Default: 'centred'. */
  shape?: BallShape;
}

/**
 * Returns the previous stage's labels as one-hot channels, one per class in the given order, (classes, z, y, x) (v1:
 * MoveSegAsOneHotToData).
 */
export function oneHotLabels(previous: ArrayLike<number>, classes: readonly number[], oneHot: Float32Array): void {
  const size = previous.length;
  classes.forEach((label, c) => {
    for (let i = 0; i < size; i++) oneHot[c * size + i] = previous[i] === label ? 1 : 0;
  });
}

/** Draws the steps of one sample: labels in random order, each with a random operation. */
export function drawBalls(
  { probability, labelProbability = 1, radius, shape }: NonNullable<CascadeRecipe['balls']>,
  classes: readonly number[],
  random: CounterRandom,
): BallStep[] {
  if (random.uniform() >= probability) return [];
  const order = Array.from(random.permutation(classes.length));
  const taken = labelProbability < 1 ? order.filter(() => random.uniform() < labelProbability) : order;
  return taken.map((channel) => ({
    channel,
    operation: BALL_OPERATIONS[random.integer(BALL_OPERATIONS.length)]!,
    radius: random.uniformBetween(...radius),
    ...(shape && { shape }),
  }));
}

/**
 * Dilates, erodes, opens or closes one-hot channels with balls, in place and in the given order; voxels added to a
 * channel are removed from all others (v1: ApplyRandomBinaryOperatorTransform).
 *
 * @param oneHot (channels, …shape), values 0 and 1
 */
export function applyBallSteps(oneHot: Float32Array, shape: readonly number[], steps: readonly BallStep[]): void {
  const [n0, n1, n2] = shape as [number, number, number];
  const size = n0 * n1 * n2;
  const channels = oneHot.length / size;
  for (const { channel, operation, radius, shape: kind = 'centred' } of steps) {
    const own = oneHot.subarray(channel * size, (channel + 1) * size);
    const result = operate(packBits(own, shape), operation, ballElement(radius, kind, n0 === 1));
    for (let row = 0, at = 0; row < n0 * n1; row++) {
      for (let x = 0; x < n2; x++, at++) {
        const set = bitAt(result, row, x);
        if (set && own[at] === 0) for (let c = 0; c < channels; c++) oneHot[c * size + at] = 0;
        own[at] = set ? 1 : 0;
      }
    }
  }
}

function operate(volume: BitVolume, operation: BallOperation, { dilating, eroding }: BallElement): BitVolume {
  switch (operation) {
    case 'dilation':
      return dilateBits(volume, dilating);
    case 'erosion':
      return erodeBits(volume, eroding);
    case 'closing':
      return erodeBits(dilateBits(volume, dilating), eroding);
    case 'opening':
      return dilateBits(erodeBits(volume, eroding), dilating);
  }
}
