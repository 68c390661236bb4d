import type { Fingerprint, Plans } from '@nnunet/schema';
import type { PlannerBase, PlannerOptions } from './planner-base.ts';
import { type PlannerClass, type PlannerName, type Planners, shippedPlanners } from './planner-registry.ts';

export interface PlanExperimentOptions extends PlannerOptions {
  /** Name of a planner among `planners`, or a class. Default: `ExperimentPlanner3D_v21`. */
  planner?: PlannerName | PlannerClass;
  /** Registry in which the name is looked up. Default: the shipped planners. */
  planners?: Planners;
}

/** Creates the planner for a fingerprint, for callers that need its file names as well as its plans. */
export function createPlanner(fingerprint: Fingerprint, options: PlanExperimentOptions = {}): PlannerBase {
  const { planner = 'ExperimentPlanner3D_v21', planners = shippedPlanners, ...rest } = options;
  const Planner = typeof planner === 'string' ? planners.get(planner) : planner;
  return new Planner(fingerprint, rest);
}

/**
 * Plans an experiment: target spacing and normalisation, and the patch, batch and network of each stage.
 *
 * Throws 'unknown-planner', 'bad-fingerprint' or 'memory-target-too-small'.
 */
export function planExperiment(fingerprint: Fingerprint, options: PlanExperimentOptions = {}): Plans {
  return createPlanner(fingerprint, options).plan();
}
