import { type Expression, reachable } from '@nnunet/autodiff';
import { sizeOf } from '@nnunet/tensor';
import { forwardPass } from './forward.ts';
import type { NetworkDescription } from './network-description.ts';
import { parameterShapes } from './parameters.ts';

/** What the forward pass of one patch takes. */
export interface NetworkWork {
  /** Multiplications, each with an addition, of convolutions and matrix products. */
  multiplications: number;
  /** Numbers that are trained. */
  parameters: number;
  /** Numbers of the largest array that is computed. */
  largest: number;
}

/**
 * Counts what evaluating a network takes, to estimate how long it takes. Nothing is computed.
 *
 * @param patchSize voxels, in the axis order of the data
 * @throws NnUNetError 'usage' for a patch size that does not fit the poolings
 */
export function networkWork(description: NetworkDescription, patchSize: readonly number[]): NetworkWork {
  const expressions = reachable(forwardPass(description, patchSize));
  const multiplications = expressions.reduce((sum, expression) => sum + multiplicationsOf(expression), 0);
  const parameters = parameterShapes(description).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const computed = expressions.filter(({ op }) => op !== 'input' && op !== 'constant');
  const largest = computed.reduce((most, { shape }) => Math.max(most, sizeOf(shape)), 0);
  return { multiplications, parameters, largest };
}

function multiplicationsOf({ op, inputs, shape }: Expression): number {
  const [first, second] = inputs.map((one) => one.shape);
  switch (op) {
    // Weights (outputs, inputs / groups, …kernel): each output value is a sum over inputs and kernel.
    case 'convolution':
      return sizeOf(shape) * sizeOf(second!.slice(1));
    case 'convolutionInputGradient':
      return sizeOf(first!) * sizeOf(second!.slice(1));
    case 'matmul':
      return sizeOf(shape) * first!.at(-1)!;
    default:
      return 0;
  }
}
