import type { Fingerprint, Plans } from '@nnunet/schema';
import type { PlannerBase, PlannerOptions } from './planner-base.ts';
import { type PlannerClass, type PlannerName, type Planners, shippedPlanners } from './planner-registry.ts';

export interface PlanExperimentOptions extends PlannerOptions {
  /** Name of a planner among `planners`, or the class. Default `ExperimentPlanner3D_v21`. */
  planner?: PlannerName | PlannerClass;
  /** Where the name is looked up; the shipped planners if not given. */
  planners?: Planners;
}

/** The planner for a fingerprint: for callers that need its file names beside its plans. */
export function createPlanner(fingerprint: Fingerprint, options: PlanExperimentOptions = {}): PlannerBase {
  const { planner = 'ExperimentPlanner3D_v21', planners = shippedPlanners, ...rest } = options;
  const Planner = typeof planner === 'string' ? planners.get(planner) : planner;
  return new Planner(fingerprint, rest);
}

/**
 * Plans an experiment: what to resample to, how to normalise, and patch, batch and network of each stage.
 *
 * Throws 'unknown-planner', 'bad-fingerprint' or 'memory-target-too-small'.
 */
export function planExperiment(fingerprint: Fingerprint, options: PlanExperimentOptions = {}): Plans {
  return createPlanner(fingerprint, options).plan();
}
