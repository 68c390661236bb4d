import { type NameAmong, Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import type { FingerprintV2 } from '@nnunet/schema';
import { type DatasetForPlanningV2, ExperimentPlannerV2, type PlannerOptionsV2 } from './planner-v2.ts';
import * as others from './planners-v2.ts';
import type { ExperimentPlansV2 } from './plans-v2.ts';

/** A planner class of v2's rules. */
export type PlannerClassV2 = new (
  fingerprint: FingerprintV2,
  dataset: DatasetForPlanningV2,
  options?: PlannerOptionsV2,
) => ExperimentPlannerV2;

const shipped = { ExperimentPlanner: ExperimentPlannerV2, ...others };

/** Name of a planner of v2: a shipped one or your own. */
export type PlannerNameV2 = NameAmong<keyof typeof shipped>;

/** The planners of nnU-Net v2 by its class names. `with(MyPlanner)` adds your own. */
export const shippedPlannersV2 = new Registry<PlannerClassV2, keyof typeof shipped>(
  { noun: 'planner', unknown: 'unknown-planner', ...classWith('plan', 'planConfiguration') },
  shipped,
);

/**
 * Plans an experiment by the rules of nnU-Net v2: v2's plans file, to the last digit.
 *
 * @param options `planner`: a name among `planners`, or a class; default `ExperimentPlanner`
 * @throws NnUNetError 'unknown-planner', 'bad-fingerprint', 'usage'
 */
export function planExperimentV2(
  fingerprint: FingerprintV2,
  dataset: DatasetForPlanningV2,
  options: PlannerOptionsV2 & { planner?: PlannerNameV2 | PlannerClassV2; planners?: typeof shippedPlannersV2 } = {},
): ExperimentPlansV2 {
  const { planner = 'ExperimentPlanner', planners = shippedPlannersV2, ...rest } = options;
  const Planner = typeof planner === 'string' ? planners.get(planner) : planner;
  return new Planner(fingerprint, dataset, rest).plan();
}
