import type { Optimizer } from '@nnunet/network';
import type { TrainingDecisions } from './training-decisions.ts';
import type { StepSettings } from './training-ports.ts';

/**
 * Returns the optimiser of a step: the trainer's for this fraction of the training, with the state's momentum if that
 * was lowered because nothing was learnt. If the trainer's momentum is lower, it is kept.
 */
export function stepOptimizer(
  trainer: TrainingDecisions,
  { momentum, share }: Pick<StepSettings, 'momentum' | 'share'>,
): Optimizer {
  const optimizer = trainer.optimizer(share);
  if (optimizer.momentum === undefined || momentum === trainer.optimizer().momentum) return optimizer;
  // Methods of a class are kept too.
  const copy: Optimizer = Object.assign(Object.create(Object.getPrototypeOf(optimizer)), optimizer);
  return Object.assign(copy, { momentum: Math.min(momentum, optimizer.momentum) });
}
