import { NnUNetError } from '@nnunet/errors';
import type { Configuration, Plans } from '@nnunet/schema';
import { checkConfiguration } from '@nnunet/schema/internal';

/** The meaning of a configuration for given plans. */
export interface ChosenConfiguration {
  configuration: Configuration;
  /** Key of plans.plans_per_stage. */
  stage: number;
  /** Compute the Dice over the whole batch instead of each sample. */
  batchDice: boolean;
}

/**
 * Returns the stage and kind of Dice of a configuration.
 *
 * @throws NnUNetError 'usage' for an unknown name, 'no-cascade' for lowres or cascade with single-stage plans
 *
 * Origin: v1's `get_default_configuration`.
 */
export function chooseConfiguration(name: string, plans: Plans): ChosenConfiguration {
  const configuration = checkConfiguration(name);
  const stages = Object.keys(plans.plans_per_stage).length;
  const cascaded = configuration === '3d_lowres' || configuration === '3d_cascade_fullres';
  if (cascaded && stages === 1) {
    throw new NnUNetError('no-cascade', {
      what: `this task has no ${configuration}: its plans have only one stage`,
      remedy: 'Train 3d_fullres (or 2d) instead.',
    });
  }
  if (configuration === '2d') return { configuration, stage: 0, batchDice: true };
  if (configuration === '3d_lowres') return { configuration, stage: 0, batchDice: false };
  return { configuration, stage: stages - 1, batchDice: stages > 1 };
}
