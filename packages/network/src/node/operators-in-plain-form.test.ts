import type { Expression } from '@nnunet/autodiff';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { Architecture } from '../architecture.ts';
import { shippedArchitectures } from '../architecture-registry.ts';
import { describeNetwork } from '../describe-network.ts';
import type { Layers } from '../layers.ts';
import { diceAndCrossEntropy } from '../loss.ts';
import { operatorsInPlainForm } from './operators-in-plain-form.ts';

class FiveByFive extends Architecture {
  override outputs(x: Expression, layers: Layers): Expression[] {
    const wide = layers.block(x, { name: 'wide', outputs: 16 });
    const wider = layers.block(wide, { name: 'wider', outputs: 16, kernel: 5 });
    return [layers.convolution(wider, { name: 'head', outputs: 3 })];
  }
}

it('counts the operators that have no blocked form', async () => {
  const description = describeNetwork(tinyPlans([8, 8]), 0, {
    variant: { architecture: 'FiveByFive', deepSupervision: false },
    architectures: shippedArchitectures.with(FiveByFive),
  });
  const step = { description, patchSize: [8, 8], batchSize: 2, loss: diceAndCrossEntropy({ batchDice: false }) };
  expect(await operatorsInPlainForm(step, { lowering: 'plain' })).toEqual({});
  // A kernel of 5, and its gradients.
  const plain = await operatorsInPlainForm(step, { lowering: 'blocked' });
  expect(plain).toMatchObject({ convolution: 1, convolutionWeightGradient: 1 });
});
