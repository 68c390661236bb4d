import type { OptimizerOptions } from '@nnunet/network';
import type { Trainer } from './trainer.ts';
import type { StepSettings } from './training-ports.ts';

/**
 * The optimiser of a step: the trainer's at this share of the training, with the state's momentum where that was lowered
 * because nothing was learnt. A lower momentum of the trainer stays.
 */
export function stepOptimizer(
  trainer: Trainer,
  { momentum, share }: Pick<StepSettings, 'momentum' | 'share'>,
): OptimizerOptions {
  const optimizer = trainer.optimizer(share);
  if (momentum === trainer.optimizer().momentum) return optimizer;
  return { ...optimizer, momentum: Math.min(momentum, optimizer.momentum) };
}
