import { lower } from '@nnunet/autodiff';
import { loweringFor } from '../choose-lowering.ts';
import type { Compute } from '../compute.ts';
import { buildTrainingStep, type StepOptions } from '../training-step.ts';
import { nodeRuntime } from './node-runtime.ts';

/**
 * Counts the operators of a training step that have no blocked form, each of which costs conversions; none if the step
 * is not computed with blocked operators.
 */
export async function operatorsInPlainForm(
  step: StepOptions,
  { lowering = 'auto', device }: Compute,
): Promise<Partial<Record<string, number>>> {
  const factory = await loweringFor(nodeRuntime, lowering, device);
  return lower(buildTrainingStep(step).outputs, { lowering: factory }).plain;
}
