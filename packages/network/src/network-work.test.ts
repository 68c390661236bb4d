import type { Expression } from '@nnunet/autodiff';
import { matmul, reshape, transpose } from '@nnunet/autodiff/operators';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { smallNetwork } from '../test/small-network.ts';
import { Architecture } from './architecture.ts';
import { shippedArchitectures } from './architecture-registry.ts';
import { describeNetwork } from './describe-network.ts';
import type { Layers } from './layers.ts';
import { networkWork } from './network-work.ts';

it('counts the multiplications and weights of a network', () => {
  // Of a patch of 4 x 4 voxels, layer by layer: voxels x outputs x inputs x kernel.
  const encoder = 16 * 2 * 1 * 9 + 16 * 2 * 2 * 9 + 4 * 4 * 2 * 9 + 4 * 4 * 4 * 9;
  // A voxel of the transposed convolution comes from one voxel below it.
  const decoder = 16 * 2 * 4 * 1 + 16 * 2 * 4 * 9 + 16 * 2 * 2 * 9;
  const head = 16 * 2 * 2;
  const weights = 9 * (2 + 4 + 8 + 16) + 4 * 8 + 9 * (8 + 4) + 4;
  const biasesAndNorms = 3 * (2 + 2 + 4 + 4 + 2 + 2);
  expect(networkWork(smallNetwork, [4, 4])).toEqual({
    multiplications: encoder + decoder + head,
    parameters: weights + biasesAndNorms,
    // The skip and the upsampled values, joined.
    largest: 4 * 16,
  });
});

it('grows with the patch, except for the weights', () => {
  const [small, large] = [networkWork(smallNetwork, [4, 4]), networkWork(smallNetwork, [8, 4])];
  expect(large).toEqual({ ...small, multiplications: 2 * small.multiplications, largest: 2 * small.largest });
});

it('counts the products of matrices in an architecture of your own', () => {
  class Attends extends Architecture {
    override outputs(x: Expression, layers: Layers): Expression[] {
      const tokens = reshape(layers.convolution(x, { name: 'head', outputs: 3 }), [x.shape[0]!, 3, 64]);
      const scores = matmul(transpose(tokens, [0, 2, 1]), tokens);
      return [reshape(matmul(tokens, scores), [x.shape[0]!, 3, 8, 8])];
    }
  }
  const own = describeNetwork(tinyPlans([8, 8]), 0, {
    variant: { architecture: 'Attends', deepSupervision: false },
    architectures: shippedArchitectures.with(Attends),
  });
  // Of each of 64 voxels with each over 3 classes, and of 3 classes with each voxel over 64.
  const { multiplications, largest } = networkWork(own, [8, 8]);
  expect([multiplications, largest]).toEqual([64 * 3 + 64 * 64 * 3 + 3 * 64 * 64, 64 * 64]);
});
